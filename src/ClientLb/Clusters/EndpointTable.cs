using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>
/// The live endpoints of a cluster, owned by its loop: matches each list from the source with what lives already, keeps unlisted ones,
/// and retires those that have left.
/// </summary>
internal sealed class EndpointTable(MonotonicClock clock)
{
    private readonly Dictionary<EndpointKey, Endpoint> _live = [];
    private readonly HashSet<Endpoint> _leaving = [];
    private readonly Dictionary<Endpoint, long> _unlisted = [];

    // The list that is being made, empty between lists.
    private readonly List<Endpoint> _order = [];

    // The announced ones in their order, then the unlisted ones, then those that leave.
    private Endpoint[] _endpoints = [];
    private int _announced;
    private int _listing;
    private bool _isIncomplete;

    /// <summary>Every live endpoint, those that leave at the end. A new array when they or their order change, so a snapshot may keep it.</summary>
    public Endpoint[] Endpoints => _endpoints;

    /// <summary>Those that are no longer announced and only finish what they have.</summary>
    public IReadOnlySet<Endpoint> Leaving => _leaving;

    /// <summary>Those that are kept though the list does not name them.</summary>
    public IReadOnlySet<Endpoint> Unlisted => _unlisted.Keys.ToHashSet();

    /// <summary>Applies a list.</summary>
    /// <param name="descriptors">All that the source announces.</param>
    /// <param name="grace">Whoever answered within this time may become unlisted.</param>
    /// <param name="isIncomplete">Something may be missing in it, as in one that is empty.</param>
    /// <returns>What has changed.</returns>
    public TableChanges Apply(IReadOnlyList<EndpointDescriptor> descriptors, TimeSpan grace, bool isIncomplete = false)
    {
        isIncomplete |= descriptors.Count == 0;
        var now = clock.Now;
        var changes = new TableChanges();
        _listing++;
        var (expected, kept) = (0, 0);
        for (var i = 0; i < descriptors.Count; i++)
        {
            var descriptor = descriptors[i];
            var endpoint = Expect(descriptor, ref expected);
            var isKept = endpoint is not null || !TryAdd(descriptor, changes, out endpoint);
            if (endpoint!.Listing == _listing)
            {
                // A descriptor that is announced twice counts once.
                continue;
            }

            endpoint.Listing = _listing;
            if (_unlisted.Count != 0 && _unlisted.Remove(endpoint))
            {
                changes.Relisted.Add(endpoint);
                isKept = false;
            }

            kept += isKept ? 1 : 0;
            if (!endpoint.Descriptor.Equals(descriptor))
            {
                changes.Updated.Add((endpoint, endpoint.Descriptor));
                endpoint.Descriptor = descriptor;
            }

            _order.Add(endpoint);
        }

        // What is announced decides what "half of them" is next time.
        var announced = _order.Count;
        KeepOrLeave(MissingFrom(kept == _announced ? _announced : 0), isIncomplete, grace, now, changes);
        if (_isIncomplete && !isIncomplete)
        {
            // The registry is back and may gather its services one by one: the grace counts from now.
            foreach (var endpoint in _unlisted.Keys.ToList())
            {
                _unlisted[endpoint] = now;
            }
        }

        _announced = announced;
        _isIncomplete = isIncomplete;
        _order.AddRange(_leaving);
        if (!IsInOrder())
        {
            _endpoints = [.. _order];
        }

        _order.Clear();
        return changes;
    }

    /// <summary>
    /// Ends the grace of unlisted endpoints: at the first hard evidence at once; when the list is complete, after the grace too,
    /// because then the registry has its wits about it.
    /// </summary>
    public void ReviewUnlisted(TimeSpan grace, long now, TableChanges changes)
    {
        if (_unlisted.Count == 0)
        {
            return;
        }

        var leaving = _leaving.Count;
        foreach (var (endpoint, since) in _unlisted.ToList())
        {
            var status = endpoint.Health.Status;
            var failedHard = status.State != HealthState.Healthy && status.IsHard;
            if (failedHard || (!_isIncomplete && now - since > grace.Ticks))
            {
                _unlisted.Remove(endpoint);
                Leave(endpoint, changes);
            }
        }

        if (_leaving.Count != leaving)
        {
            _endpoints = [.. _endpoints.Where(endpoint => !_leaving.Contains(endpoint)), .. _leaving];
        }
    }

    /// <summary>Retires what has left and has nothing in flight.</summary>
    public void RetireIdle(TableChanges changes)
    {
        if (_leaving.Count == 0)
        {
            return;
        }

        foreach (var endpoint in _leaving.ToList())
        {
            if (endpoint.Load.TryRetire())
            {
                _leaving.Remove(endpoint);
                _live.Remove(new EndpointKey(endpoint.Id, endpoint.Host, endpoint.Port));
                changes.Retired.Add(endpoint);
            }
        }

        if (changes.Retired.Count > 0)
        {
            var rest = new Endpoint[_endpoints.Length - changes.Retired.Count];
            var place = 0;
            foreach (var endpoint in _endpoints)
            {
                if (!endpoint.Load.IsRetired)
                {
                    rest[place++] = endpoint;
                }
            }

            _endpoints = rest;
        }
    }

    /// <summary>
    /// The endpoint that stands at this place since the last list: lists rarely change their order, and where one has joined or left, the others follow.
    /// </summary>
    private Endpoint? Expect(EndpointDescriptor descriptor, ref int expected)
    {
        for (var place = expected; place < Math.Min(expected + 2, _announced); place++)
        {
            if (IsOf(_endpoints[place], descriptor))
            {
                expected = place + 1;
                return _endpoints[place];
            }
        }

        return null;
    }

    private static bool IsOf(Endpoint endpoint, EndpointDescriptor descriptor) =>
        ReferenceEquals(endpoint.Descriptor, descriptor)
        || (endpoint.Port == descriptor.Port && endpoint.Id == descriptor.Id && endpoint.Host == descriptor.Host);

    /// <returns>True when it is new, or back from leaving.</returns>
    private bool TryAdd(EndpointDescriptor descriptor, TableChanges changes, out Endpoint endpoint)
    {
        var key = new EndpointKey(descriptor.Id, descriptor.Host, descriptor.Port);
        if (!_live.TryGetValue(key, out endpoint!))
        {
            endpoint = new Endpoint(descriptor, clock);
            _live.Add(key, endpoint);
        }
        else if (!_leaving.Remove(endpoint))
        {
            return false;
        }

        changes.Added.Add(endpoint);
        return true;
    }

    /// <summary>Those that the new list does not name.</summary>
    private List<Endpoint> MissingFrom(int start)
    {
        var missing = new List<Endpoint>();
        for (var i = start; i < _endpoints.Length; i++)
        {
            if (_endpoints[i].Listing != _listing && !_leaving.Contains(_endpoints[i]))
            {
                missing.Add(_endpoints[i]);
            }
        }

        return missing;
    }

    private void KeepOrLeave(List<Endpoint> missing, bool isIncomplete, TimeSpan grace, long now, TableChanges changes)
    {
        var fresh = missing.Count(endpoint => !_unlisted.ContainsKey(endpoint));
        var isSuspicious = isIncomplete || (_announced >= 4 && fresh * 2 > _announced);
        foreach (var endpoint in missing)
        {
            if (_unlisted.ContainsKey(endpoint) || (isSuspicious && AnsweredWithin(endpoint, grace, now)))
            {
                if (_unlisted.TryAdd(endpoint, now))
                {
                    changes.Unlisted.Add(endpoint);
                }

                _order.Add(endpoint);
            }
            else
            {
                Leave(endpoint, changes);
            }
        }
    }

    private bool IsInOrder()
    {
        if (_order.Count != _endpoints.Length)
        {
            return false;
        }

        for (var i = 0; i < _endpoints.Length; i++)
        {
            if (!ReferenceEquals(_order[i], _endpoints[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AnsweredWithin(Endpoint endpoint, TimeSpan grace, long now) =>
        endpoint.Load.Successes > 0 && now - endpoint.Load.LastByteAt <= grace.Ticks;

    private void Leave(Endpoint endpoint, TableChanges changes)
    {
        _leaving.Add(endpoint);
        changes.Removed.Add(endpoint);
    }

    private readonly record struct EndpointKey(string Id, string Host, int Port);
}
