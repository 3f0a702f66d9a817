using ClientLb.Endpoints;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>Counts what comes of an outage.</summary>
internal sealed class Ledger
{
    private const double Warming = 2;
    private const double Settling = 5;

    // An answer that was on its way, or a failure that was counted before, may eject a server that has just recovered.
    private const double Grace = 0.5;

    // Of the second after the outage: so many percent answered well, by steps of that many seconds. What may still end well is waited for before that is judged.
    private const double Enough = 0.95;
    private const double Step = 0.1;
    private const int Second = 10;
    private const int Patience = 3 * Second;

    private readonly World _world;
    private readonly Outage _outage;
    private readonly int _bad;
    private readonly double _window;
    private readonly HealthStatus[] _last;
    private readonly int[] _reached;
    private readonly double[] _metAt;
    private readonly double[] _outAt;
    private readonly double[] _plainAt;
    private readonly List<float>[] _latencies = [[], [], [], [], []];
    private readonly long[] _calls = new long[5];
    private readonly long[] _firstFailed = new long[5];
    private readonly long[] _failed = new long[5];
    private readonly List<(int All, int Good)> _steps = [];
    private readonly List<int[]> _windows = [];
    private int[] _came;
    private double _longest;
    private long _attempts;
    private long _plainAfter;
    private int _wrong;
    private int _again;
    private int _outAtEnd;
    private long _outNow;
    private double _panic;
    private bool _isOver;
    private long _outageAttempts;
    private long _refused;

    public Ledger(World world, Outage outage, int bad)
    {
        _world = world;
        _outage = outage;
        _bad = bad;
        _window = Outage.WindowOf(world.Cell.Size);
        var clients = world.Cell.Size.Clients;
        _last = new HealthStatus[clients * world.Servers.Length];
        Array.Fill(_last, HealthStatus.Healthy);
        _reached = new int[clients * bad];
        _metAt = new double[clients * bad];
        _outAt = new double[clients * bad];
        _plainAt = new double[clients * bad];
        Array.Fill(_metAt, double.PositiveInfinity);
        Array.Fill(_outAt, double.PositiveInfinity);
        _came = new int[world.Servers.Length];
    }

    public double Window => _window;

    /// <summary>The run may end.</summary>
    public bool IsEnough { get; private set; }

    private bool IsOutage => _world.Now >= _outage.From && _world.Now < _outage.Until;

    /// <summary>How a client's endpoint stands: told whenever it may have changed.</summary>
    public void Note(int client, int server, HealthStatus status)
    {
        ref var last = ref _last[(client * _world.Servers.Length) + server];
        if (ReferenceEquals(last, status))
        {
            return;
        }

        var isNewlyOut = status.State == HealthState.Ejected && last.State == HealthState.Healthy;
        _outNow += (status.State != HealthState.Healthy ? 1 : 0) - (last.State != HealthState.Healthy ? 1 : 0);
        last = status;
        if (!isNewlyOut)
        {
            return;
        }

        if (server < _bad && IsOutage)
        {
            ref var outAt = ref _outAt[(client * _bad) + server];
            outAt = Math.Min(outAt, _world.Now);
        }
        else if (server < _bad && _world.Now > _outage.Until)
        {
            _again += _world.Now > _outage.Until + Grace ? 1 : 0;
        }
        else
        {
            _wrong++;
        }
    }

    public void Began(Call call)
    {
        var step = StepOf(call.StartedAt);
        while (_steps.Count <= step)
        {
            _steps.Add(default);
        }

        _steps[step] = _steps[step] with { All = _steps[step].All + 1 };
    }

    public void Leased(Call call, int server, bool isProbation)
    {
        var client = call.Client;
        _outageAttempts += IsOutage ? 1 : 0;
        if (server >= _bad || !IsOutage)
        {
            return;
        }

        var pair = (client * _bad) + server;
        _attempts++;
        _metAt[pair] = Math.Min(_metAt[pair], _world.Now);
        if (double.IsPositiveInfinity(_outAt[pair]))
        {
            _reached[pair]++;
        }
        else if (!isProbation)
        {
            _plainAfter++;
        }

        if (!isProbation)
        {
            _plainAt[pair] = _world.Now;
        }
    }

    public void Came(int server) => _came[server]++;

    public void FirstAttemptFailed(Call call) => _firstFailed[(int)PhaseOf(call.StartedAt)]++;

    public void Ended(Call call, bool isAnswered)
    {
        var phase = (int)PhaseOf(call.StartedAt);
        var took = _world.Now - call.StartedAt;
        _calls[phase]++;
        _longest = phase == 0 ? _longest : Math.Max(_longest, took);
        if (isAnswered)
        {
            _latencies[phase].Add((float)took);
            var step = StepOf(call.StartedAt);
            _steps[step] = _steps[step] with { Good = _steps[step].Good + 1 };
        }
        else
        {
            _failed[phase]++;
            _refused += call.Attempts == 0 && phase is 2 or 3 ? 1 : 0;
        }
    }

    /// <summary>A window is over.</summary>
    public void EndWindow()
    {
        _windows.Add(_came);
        _came = new int[_came.Length];
    }

    /// <summary>A tenth of a second is over.</summary>
    public void Tick(int inPanic)
    {
        _panic += inPanic;
        if (!_isOver && _world.Now >= _outage.Until)
        {
            _isOver = true;
            _outAtEnd = (int)_outNow;
        }

        IsEnough = _outage.EndsWhenRecovered && _world.Now > _outage.Until + Patience * Step && double.IsFinite(Recovery(Patience));
    }

    public Figures Sum()
    {
        var outs = _outAt.Zip(_metAt, static (at, met) => Math.Max(0, at - met)).Where(double.IsFinite).Order().ToArray();
        var ills = (_calls[2] + _calls[3], _firstFailed[2] + _firstFailed[3], _failed[2] + _failed[3]);
        var good = ills.Item1 - ills.Item3;
        return new Figures
        {
            ReachedWorst = _reached.DefaultIfEmpty().Max(),
            ReachedMean = _reached.DefaultIfEmpty().Average(),
            OutMedian = outs.Length == 0 ? double.NaN : outs[outs.Length / 2],
            OutWorst = outs.Length == 0 ? double.NaN : outs[^1],
            NeverOut = _outAt.Length == 0 ? 0 : 100.0 * (_outAt.Length - outs.Length) / _outAt.Length,
            PlainAfter = _plainAfter,
            LastPlain = _plainAt.Zip(_metAt, static (at, met) => Math.Max(0, at - met)).DefaultIfEmpty().Max(),
            Attempts = _attempts / (double)Math.Max(1, _reached.Length),
            Wrong = _wrong,
            Again = _again,
            OutAtEnd = _outAtEnd,
            FirstFailed = Percent(ills.Item2, ills.Item1),
            Failed = Percent(ills.Item3, ills.Item1),
            FailedAfter = Percent(_failed[4], _calls[4]),
            Longest = _longest,
            P99Before = P99(Phase.Before),
            P99Onset = P99(Phase.Onset),
            P99During = P99(Phase.During),
            P99After = P99(Phase.After),
            Back = Back(),
            Panic = 100 * _panic / (_world.Cell.Size.Clients * _world.Cell.Seconds * 10),
            Goodput = good / (_outage.Until - _outage.From),
            GoodShare = Percent(good, ills.Item1),
            Recovery = Recovery(0),
            AttemptsPerCall = _outageAttempts / (double)Math.Max(1, ills.Item1),
            Refused = Percent(_refused, ills.Item1),
            Calls = _calls.Sum(),
        };
    }

    private static double Percent(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;

    private Phase PhaseOf(double at) => at < Math.Min(Warming, _outage.From) ? Phase.Warm
        : at < _outage.From ? Phase.Before
        : at < Math.Min(_outage.From + Settling, _outage.Until) ? Phase.Onset
        : at < _outage.Until ? Phase.During
        : Phase.After;

    private static int StepOf(double at) => (int)(at / Step);

    private double Recovery(int patience)
    {
        var end = (int)Math.Round(_outage.Until / Step);
        for (var from = end; from + Second + patience < _steps.Count; from++)
        {
            var (all, good) = (0, 0);
            for (var i = from; i < from + Second; i++)
            {
                all += _steps[i].All;
                good += _steps[i].Good;
            }

            if (good >= Enough * all)
            {
                return (from - end) * Step;
            }
        }

        return double.PositiveInfinity;
    }

    private double P99(Phase phase)
    {
        var latencies = _latencies[(int)phase];
        latencies.Sort();
        return latencies.Count == 0 ? double.NaN : 1000 * latencies[Math.Min(latencies.Count - 1, (int)(0.99 * latencies.Count))];
    }

    /// <summary>When the bad ones begin to have four fifths of their share of before, in the mean of some windows: from the end of the outage, in seconds.</summary>
    private double Back()
    {
        var before = _windows.Where((_, i) => i * _window >= Warming && (i + 1) * _window <= _outage.From).ToList();
        if (before.Count == 0 || _outage.Until >= _world.Cell.Seconds)
        {
            return double.NaN;
        }

        var stretch = (int)Math.Ceiling(Settling / _window);
        for (var i = (int)Math.Ceiling(_outage.Until / _window); i + stretch <= _windows.Count; i++)
        {
            if (IsBack(_windows.GetRange(i, stretch), before))
            {
                return (i * _window) - _outage.Until;
            }
        }

        return double.PositiveInfinity;
    }

    private bool IsBack(List<int[]> now, List<int[]> before)
    {
        const double enough = 0.8;
        if (_outage.EachIsBack)
        {
            // Of its own share, or of the mean one if it had more: who happened to be preferred need not be again.
            var mean = before.Average(static one => one.Average());
            return Enumerable.Range(0, _bad).All(server =>
                now.Average(one => one[server]) >= enough * Math.Min(mean, before.Average(one => one[server])));
        }

        double Share(int[] window) => window.AsSpan(0, _bad).ToArray().Sum() / (double)Math.Max(1, window.Sum());
        return now.Average(Share) >= enough * before.Average(Share);
    }
}
