using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>What several sources have said, in their order of preference, as one. Used by one thread at a time.</summary>
internal sealed class SourceMerge(IEnumerable<string> names)
{
    private readonly MergedPart[] _parts = [.. names.Select(static (name, rank) => new MergedPart(name, rank))];
    private readonly UpdateSequence _sequence = new();
    private IReadOnlyList<EndpointDescriptor> _merged = [];
    private Exception? _error;
    private bool _isChanged;
    private bool _isPatienceOver;
    private bool _isReady;

    /// <summary>Every part has said all that it ever will.</summary>
    public bool HasEnded => Array.TrueForAll(_parts, static part => part.HasEnded);

    /// <summary>A part lost most of its endpoints, and nobody has said yet that it was seen.</summary>
    public bool HasCollapsed => Array.Exists(_parts, static part => part.HasCollapsed);

    public void Take(int part, EndpointUpdate update) => Change(() => _parts[part].Take(update));

    public void Fail(int part, Exception error) => Change(() => _parts[part].Fail(error));

    public void End(int part) => Change(() => _parts[part].End());

    /// <summary>No part is waited for any longer.</summary>
    public void EndPatience() => Change(() => _isPatienceOver = true);

    /// <summary>Whoever reads has seen that a part collapsed.</summary>
    public void Settle() => Change(() => Array.ForEach(_parts, static part => part.Settle()));

    /// <summary>What is to be said now, or nothing. To be asked until there is nothing.</summary>
    public EndpointUpdate? Next()
    {
        if (_isChanged)
        {
            _isChanged = false;
            _isReady = _isReady || IsReady();
            _merged = Merged();
            _error = JoinedErrors.Of([.. _parts.Where(static part => part.Error is not null).Select(static part => (part.Name, part.Error!))]);
        }

        var notes = _parts.Where(static part => part.Note is not null).Select(static part => part.Note);
        return _sequence.Next(new(
            _isReady ? _merged : null,
            ConfirmedAt(),
            Array.Exists(_parts, static part => part.IsStale),
            Array.Exists(_parts, static part => part.IsIncomplete),
            string.Join(" ", notes) is { Length: > 0 } note ? note : null,
            _error));
    }

    // A second choice is not used for the milliseconds before the first one answers; and nobody waits who has what he prefers.
    private bool IsReady()
    {
        foreach (var part in _parts)
        {
            if (part.Endpoints is { Count: > 0 })
            {
                return true;
            }

            if (!part.HasSpoken && !_isPatienceOver)
            {
                return false;
            }
        }

        return Array.TrueForAll(_parts, static part => part.HasSpoken) && Array.Exists(_parts, static part => part.Endpoints is not null);
    }

    private List<EndpointDescriptor> Merged()
    {
        var merged = new List<EndpointDescriptor>();
        var seen = new HashSet<EndpointDescriptor>(AddressComparer.Instance);
        foreach (var part in _parts)
        {
            foreach (var endpoint in part.Endpoints ?? [])
            {
                if (seen.Add(endpoint))
                {
                    merged.Add(endpoint);
                }
            }
        }

        return merged;
    }

    // The age is that of the source that is preferred: a configuration that has not changed for a week is not a week out of date. One that has
    // ended is final.
    private long ConfirmedAt()
    {
        var watching = Array.Find(_parts, static part => part is { Endpoints: not null, HasEnded: false });
        return watching?.ConfirmedAt ?? _parts.Max(static part => part.ConfirmedAt);
    }

    private void Change(Action change)
    {
        change();
        _isChanged = true;
    }
}
