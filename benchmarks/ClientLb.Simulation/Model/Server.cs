namespace ClientLb.Simulation.Model;

/// <summary>
/// A server of a few cores. Its progress counts the work that each request in service has got since the start: all get the same, so a
/// request's end is fixed in progress when it begins, whatever the speed does afterwards.
/// </summary>
internal sealed class Server(int cores, Discipline discipline, double ownSpeed)
{
    private readonly JobHeap _running = new();
    private readonly Queue<int> _waiting = new();
    private double _progress;
    private double _updatedAt;

    /// <summary>The speed when nothing disturbs it; 1 is normal.</summary>
    public double OwnSpeed { get; } = ownSpeed;

    public double Speed { get; private set; } = ownSpeed;

    public int Cores => cores;

    /// <summary>Answers errors at once.</summary>
    public bool FailsFast { get; set; }

    public bool IsFrozen { get; private set; }

    /// <summary>Neither fails nor stands still.</summary>
    public bool IsWell => !FailsFast && !IsFrozen;

    /// <summary>Requests in service and waiting.</summary>
    public int InFlight => _running.Count + _waiting.Count;

    public bool HasIdleCore => _running.Count < cores;

    /// <summary>Requests on their way to it.</summary>
    public int Coming { get; set; }

    /// <summary>Requests that have come in this second.</summary>
    public int Came { get; set; }

    /// <summary>Called with each request that it drops before it has begun, since nobody waits for it any more; where it is not set, none is dropped.</summary>
    public Action<int>? Dropped { get; set; }

    /// <summary>Counts changes of plan: a departure that was planned before the last one is void.</summary>
    public int Version { get; private set; }

    private double Rate => IsFrozen || _running.Count == 0 ? 0
        : discipline == Discipline.Fifo ? Speed
        : Speed * Math.Min(1, cores / (double)_running.Count);

    public void Accept(double now, int request, in Request what)
    {
        Advance(now);
        if (discipline == Discipline.Ps || HasIdleCore)
        {
            _running.Add(_progress + what.Work, request);
        }
        else
        {
            _waiting.Enqueue(request);
        }
    }

    /// <summary>The request whose time has come leaves, and the next one that waits begins.</summary>
    public int Finish(double now, RequestPool requests)
    {
        Advance(now);
        var finished = _running.Take();
        BeginNext(requests);
        return finished;
    }

    /// <summary>When the next request leaves if nothing changes. Every earlier plan is void.</summary>
    public bool TryPlan(double now, out double departure)
    {
        Version++;
        var rate = Rate;
        departure = rate > 0 ? now + Math.Max(0, (_running.FirstEnd - _progress) / rate) : 0;
        return rate > 0;
    }

    public void SetSpeed(double now, double speed)
    {
        Advance(now);
        Speed = speed;
    }

    public void Freeze(double now)
    {
        Advance(now);
        IsFrozen = true;
    }

    /// <summary>It goes on with what it had.</summary>
    public void Thaw(double now)
    {
        Advance(now);
        IsFrozen = false;
    }

    /// <summary>It goes on. What nobody waits for any more is dropped, as a server does that finds its connections closed.</summary>
    public void Thaw(double now, RequestPool requests)
    {
        Thaw(now);
        bool IsWanted(int request)
        {
            if (requests[request].IsAbandoned)
            {
                requests.Return(request);
                return false;
            }

            return true;
        }

        _running.Keep(IsWanted);
        for (var left = _waiting.Count; left > 0; left--)
        {
            var request = _waiting.Dequeue();
            if (IsWanted(request))
            {
                _waiting.Enqueue(request);
            }
        }

        while (HasIdleCore && _waiting.Count > 0)
        {
            BeginNext(requests);
        }
    }

    private void BeginNext(RequestPool requests)
    {
        while (_waiting.TryDequeue(out var next))
        {
            if (Dropped is null || !requests[next].IsAbandoned)
            {
                _running.Add(_progress + requests[next].Work, next);
                return;
            }

            Dropped(next);
        }
    }

    private void Advance(double now)
    {
        _progress += Rate * (now - _updatedAt);
        _updatedAt = now;
    }
}
