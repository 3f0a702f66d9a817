using System.Runtime.CompilerServices;
using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Samples.Failover.Registries;

/// <summary>An endpoint source of one's own: one method that gives the complete list, each time that it has changed.</summary>
internal sealed class EmbeddedEndpointSource : IEndpointSource
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Member> _members = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isBroken;

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            EndpointUpdate update;
            lock (_gate)
            {
                if (_isBroken)
                {
                    throw new DiscoveryException(DiscoveryErrorKind.Unreachable, "the embedded registry is down.");
                }

                changed = _changed.Task;
                update = new([.. _members.Values.Select(static m => m.Descriptor)], MonotonicClock.System.Now);
            }

            yield return update;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Somebody is alive, known so far or not.</summary>
    public void Beat(string id, string address)
    {
        lock (_gate)
        {
            if (!_isBroken && EndpointAddress.TryParse(address, out var parsed))
            {
                Set(id, new EndpointDescriptor(parsed.Host, parsed.Port!.Value) { Id = id });
            }
        }
    }

    /// <summary>Somebody has said good-bye.</summary>
    public void Remove(string id)
    {
        lock (_gate)
        {
            if (_members.Remove(id))
            {
                Pulse();
            }
        }
    }

    /// <summary>Whoever has not been heard of for so long is critical.</summary>
    public void Expire(TimeSpan timeToLive)
    {
        lock (_gate)
        {
            foreach (var (id, member) in _members.ToList())
            {
                if (MonotonicClock.System.Now - member.HeardAt > timeToLive.Ticks && member.Descriptor.Status != RegistryStatus.Critical)
                {
                    _members[id] = member with { Descriptor = member.Descriptor with { Status = RegistryStatus.Critical } };
                    Pulse();
                }
            }
        }
    }

    /// <summary>The registry dies and forgets everything.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _isBroken = true;
            _members.Clear();
            Pulse();
        }
    }

    /// <summary>It is there again and knows nobody.</summary>
    public void Repair()
    {
        lock (_gate)
        {
            _isBroken = false;
            Pulse();
        }
    }

    private void Set(string id, EndpointDescriptor descriptor)
    {
        var isNew = !_members.TryGetValue(id, out var known) || known.Descriptor != descriptor;
        _members[id] = new(descriptor, MonotonicClock.System.Now);
        if (isNew)
        {
            Pulse();
        }
    }

    private void Pulse()
    {
        _changed.SetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed record Member(EndpointDescriptor Descriptor, long HeardAt);
}
