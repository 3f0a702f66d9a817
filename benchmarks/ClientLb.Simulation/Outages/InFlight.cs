namespace ClientLb.Simulation.Outages;

/// <summary>The attempts in flight of each client, by the numbers of their requests.</summary>
internal sealed class InFlight(int clients)
{
    private readonly List<int>[] _of = [.. Enumerable.Range(0, clients).Select(static _ => new List<int>())];
    private Entry[] _entries = new Entry[256];

    public List<int> Of(int client) => _of[client];

    public Attempt this[int request] => _entries[request].Attempt;

    public void Add(int request, Attempt attempt)
    {
        if (request >= _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Math.Max(_entries.Length, request));
        }

        var all = _of[attempt.Call.Client];
        _entries[request] = new Entry(attempt, all.Count);
        all.Add(request);
    }

    public Attempt Remove(int request)
    {
        var (attempt, place) = _entries[request];
        var all = _of[attempt.Call.Client];
        var last = all[^1];
        all[place] = last;
        _entries[last] = _entries[last] with { Place = place };
        all.RemoveAt(all.Count - 1);
        _entries[request] = default;
        return attempt;
    }

    private readonly record struct Entry(Attempt Attempt, int Place);
}
