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
    private readonly Dictionary<Endpoint, long> _leftAt = [];
    private readonly Dictionary<Endpoint, long> _unlisted = [];
    private IReadOnlyList<Endpoint> _endpoints = [];
    private int _announced;
    private bool _isIncomplete;

    /// <summary>Every live endpoint. A new list for every change, so a snapshot may keep it.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

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
        var order = new List<Endpoint>(descriptors.Count);
        var announced = new HashSet<Endpoint>(descriptors.Count);
        foreach (var descriptor in descriptors)
        {
            var key = new EndpointKey(descriptor.Id, descriptor.Host, descriptor.Port);
            if (!_live.TryGetValue(key, out var endpoint))
            {
                endpoint = new Endpoint(descriptor, clock);
                _live.Add(key, endpoint);
                changes.Added.Add(endpoint);
            }
            else if (_leaving.Remove(endpoint))
            {
                _leftAt.Remove(endpoint);
                changes.Added.Add(endpoint);
            }

            if (!announced.Add(endpoint))
            {
                continue;
            }

            if (_unlisted.Remove(endpoint))
            {
                changes.Relisted.Add(endpoint);
            }

            if (!endpoint.Descriptor.Equals(descriptor))
            {
                changes.Updated.Add((endpoint, endpoint.Descriptor));
                endpoint.Descriptor = descriptor;
            }

            order.Add(endpoint);
        }

        var missing = _live.Values.Where(e => !announced.Contains(e) && !_leaving.Contains(e)).ToList();
        var fresh = missing.Where(e => !_unlisted.ContainsKey(e)).ToList();
        var isSuspicious = isIncomplete || (_announced >= 4 && fresh.Count * 2 > _announced);
        foreach (var endpoint in missing)
        {
            if (_unlisted.ContainsKey(endpoint) || (isSuspicious && AnsweredWithin(endpoint, grace, now)))
            {
                if (_unlisted.TryAdd(endpoint, now))
                {
                    changes.Unlisted.Add(endpoint);
                }

                order.Add(endpoint);
            }
            else
            {
                Leave(endpoint, changes);
            }
        }

        if (_isIncomplete && !isIncomplete)
        {
            // The registry is back and may gather its services one by one: the grace counts from now.
            foreach (var endpoint in _unlisted.Keys.ToList())
            {
                _unlisted[endpoint] = now;
            }
        }

        // A descriptor that is announced twice counts once; what is announced decides what "half of them" is next time.
        _announced = announced.Count;
        _isIncomplete = isIncomplete;
        order.AddRange(_leaving);
        _endpoints = order;
        return changes;
    }

    /// <summary>
    /// Ends the grace of unlisted endpoints: at the first hard evidence at once; when the list is complete, after the grace too,
    /// because then the registry has its wits about it.
    /// </summary>
    public void ReviewUnlisted(TimeSpan grace, long now, TableChanges changes)
    {
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
                _leftAt.Remove(endpoint);
                _live.Remove(new EndpointKey(endpoint.Id, endpoint.Host, endpoint.Port));
                changes.Retired.Add(endpoint);
            }
        }

        if (changes.Retired.Count > 0)
        {
            _endpoints = _endpoints.Where(e => !e.Load.IsRetired).ToList();
        }
    }

    /// <summary>Endpoints that have left and still have calls in flight after their time to drain. Each is named once.</summary>
    public IReadOnlyList<Endpoint> TakeOverdue(TimeSpan drain, long now)
    {
        if (_leftAt.Count == 0)
        {
            return [];
        }

        var overdue = _leftAt.Where(left => now - left.Value > drain.Ticks && _leaving.Contains(left.Key)).Select(static left => left.Key).ToList();
        overdue.ForEach(endpoint => _leftAt.Remove(endpoint));
        return overdue;
    }

    private static bool AnsweredWithin(Endpoint endpoint, TimeSpan grace, long now) =>
        endpoint.Load.Successes > 0 && now - endpoint.Load.LastByteAt <= grace.Ticks;

    private void Leave(Endpoint endpoint, TableChanges changes)
    {
        _leaving.Add(endpoint);
        _leftAt[endpoint] = clock.Now;
        changes.Removed.Add(endpoint);
    }

    private readonly record struct EndpointKey(string Id, string Host, int Port);
}
