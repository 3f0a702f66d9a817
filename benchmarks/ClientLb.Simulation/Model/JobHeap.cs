namespace ClientLb.Simulation.Model;

/// <summary>What a server works at, by what it ends at: a binary heap of a few jobs.</summary>
internal sealed class JobHeap
{
    private (double End, int Request)[] _heap = new (double, int)[16];

    public int Count { get; private set; }

    public double FirstEnd => _heap[0].End;

    public void Add(double end, int request)
    {
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, 2 * Count);
        }

        var place = Count++;
        while (place > 0 && _heap[(place - 1) / 2].End > end)
        {
            _heap[place] = _heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }

        _heap[place] = (end, request);
    }

    public int Take()
    {
        var first = _heap[0].Request;
        var last = _heap[--Count];
        var place = 0;
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _heap[child + 1].End < _heap[child].End)
            {
                child++;
            }

            if (_heap[child].End >= last.End)
            {
                break;
            }

            _heap[place] = _heap[child];
            place = child;
        }

        _heap[place] = last;
        return first;
    }

    /// <summary>Keeps those that are wanted.</summary>
    public void Keep(Predicate<int> wanted)
    {
        var all = _heap.AsSpan(0, Count).ToArray();
        Count = 0;
        foreach (var (end, request) in all)
        {
            if (wanted(request))
            {
                Add(end, request);
            }
        }
    }
}
