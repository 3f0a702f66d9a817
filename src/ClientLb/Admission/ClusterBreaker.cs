using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Admission;

/// <summary>
/// The breaker over the calls of a cluster (<see cref="BreakerOptions"/>). It is Polly's, which is told how calls end rather than put round them, so that a call that passes
/// costs no frame of its own; only the trial runs inside it.
/// </summary>
/// <remarks>
/// <code>
///   closed --(FailureRatio of MinimumThroughput)--> open --(BreakDuration, next call)--> half-open --(it succeeds)--> closed
///                                                    ^---------(it fails, or says nothing)----------+
///   any --Isolate--> isolated --Close--> closed
/// </code>
/// Half-open Polly waits for the end of the trial, however long that takes. So a trial has the half-open state to itself for a bounded time: then another call takes it over.
/// The state is a copy of Polly's, taken after whatever may have changed it: to ask Polly itself takes its lock.
/// </remarks>
public sealed class ClusterBreaker
{
    private readonly string _cluster;
    private readonly MonotonicClock _clock;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private volatile BreakerEngine? _engine;
    private volatile BreakerState _state;
    private volatile string _order = "";
    private long _openUntil;
    private long _trialUntil;
    private BreakerTrial? _trial;

    internal ClusterBreaker(string cluster, BreakerOptions options, MonotonicClock clock, ILogger logger)
    {
        _cluster = cluster;
        _clock = clock;
        _logger = logger;
        Configure(options);
    }

    /// <summary>Whether the cluster has one.</summary>
    public bool IsEnabled => _engine is not null;

    /// <summary>Whether it lets calls pass.</summary>
    public BreakerState State => _state;

    /// <summary>How long it stays open before a trial; zero where it is not open.</summary>
    public TimeSpan OpenFor => _state == BreakerState.Open ? TimeSpan.FromTicks(Math.Max(0, Volatile.Read(ref _openUntil) - _clock.Now)) : TimeSpan.Zero;

    internal bool IsClosed => _state == BreakerState.Closed;

    /// <summary>Why it is isolated.</summary>
    internal string Order => _order;

    /// <summary>Refuses all new calls from now on, in this process, until <see cref="Close"/>. From any thread.</summary>
    /// <param name="reason">Why: it stands in the log and in the error of each call.</param>
    /// <exception cref="InvalidOperationException">It is off.</exception>
    public void Isolate(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        lock (_gate)
        {
            var engine = EngineOrThrow();
            _order = reason;
            engine.Isolate();
            LookUnderLock(engine);
        }
    }

    /// <summary>Closes it, whether it opened by itself or by order: calls pass, and counting begins anew. From any thread.</summary>
    /// <param name="reason">Why: it stands in the log.</param>
    /// <exception cref="InvalidOperationException">It is off.</exception>
    public void Close(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        lock (_gate)
        {
            var engine = EngineOrThrow();
            engine.Close();
            LookUnderLock(engine, reason);
        }
    }

    /// <summary>Puts other numbers in force: it begins anew, closed, unless it is isolated by order.</summary>
    internal void Configure(BreakerOptions options)
    {
        lock (_gate)
        {
            var before = _engine;
            if (before is null ? !options.Enabled : options.Enabled && (ReferenceEquals(options, before.Options) || BreakerOptions.Schema.IsSame(options, before.Options)))
            {
                return;
            }

            var next = options.Enabled ? new BreakerEngine(options, _clock.TimeProvider) : null;
            if (next is not null && _state == BreakerState.Isolated)
            {
                next.Isolate();
            }

            _engine = next;
            if (next is not null)
            {
                LookUnderLock(next, "its settings have changed");
            }
            else
            {
                Turn(BreakerState.Closed, "it has been turned off");
            }
        }
    }

    /// <summary>A call has ended, in one way or the other. Off, this is a look at one reference.</summary>
    internal void Count(bool isSuccess)
    {
        // What was begun before it opened says nothing of now.
        if (_engine is not { } engine || _state != BreakerState.Closed)
        {
            return;
        }

        engine.Count(isSuccess);
        if (!isSuccess)
        {
            Look();
        }
    }

    /// <summary>Asks for the trial call.</summary>
    /// <param name="callTicks">How long a call of this client takes at the most, in ticks: a trial that takes longer, and longer than the break, is one of several from then on.</param>
    /// <returns>The trial, which must be ended; <see langword="null"/> where the call may not be made.</returns>
    internal BreakerTrial? BeginTrial(long callTicks)
    {
        if (!MayTry())
        {
            return null;
        }

        lock (_gate)
        {
            // Somebody else may have been quicker.
            if (_engine is not { } engine || !MayTry())
            {
                return null;
            }

            var trial = _state == BreakerState.HalfOpen && _trial is { } late ? late.HandOver() : BreakerTrial.Begin(this, engine.Pipeline);
            if (trial is not null)
            {
                Volatile.Write(ref _trialUntil, _clock.Now + Math.Max(engine.Options.BreakDuration.Ticks, callTicks));
                _trial = trial;
            }

            LookUnderLock(engine);
            return trial;
        }
    }

    /// <summary>Whether this trial is the one whose failure opens the breaker again: no other has taken its place.</summary>
    internal bool IsLatest(BreakerTrial trial)
    {
        lock (_gate)
        {
            return ReferenceEquals(trial, _trial);
        }
    }

    /// <summary>Takes over what Polly has come to, and says it.</summary>
    internal void Look()
    {
        lock (_gate)
        {
            if (_engine is { } engine)
            {
                LookUnderLock(engine);
            }
        }
    }

    private bool MayTry() => _state switch
    {
        BreakerState.HalfOpen => _clock.Now >= Volatile.Read(ref _trialUntil),
        BreakerState.Isolated => false,
        _ => OpenFor == TimeSpan.Zero,
    };

    private void LookUnderLock(BreakerEngine engine, string? reason = null)
    {
        var now = engine.State;
        Turn(now, reason ?? (now, _state) switch
        {
            (BreakerState.Open, BreakerState.HalfOpen) => "the trial call has not succeeded",
            (BreakerState.Open, _) => FormattableString.Invariant(
                $"of at least {engine.Options.MinimumThroughput} calls within {engine.Options.SamplingDuration.TotalSeconds:0.###} s a share of {engine.Options.FailureRatio:0.###} or more failed"),
            _ => "the trial call has succeeded",
        });
    }

    private void Turn(BreakerState next, string reason)
    {
        if (next == _state)
        {
            return;
        }

        switch (next)
        {
            case BreakerState.Open:
                var time = _engine!.Options.BreakDuration;
                Volatile.Write(ref _openUntil, _clock.Now + time.Ticks);
                _logger.BreakerOpened(_cluster, time, reason);
                break;
            case BreakerState.HalfOpen:
                _logger.BreakerHalfOpened(_cluster);
                break;
            case BreakerState.Isolated:
                _logger.BreakerIsolated(_cluster, _order);
                break;
            default:
                _logger.BreakerClosed(_cluster, reason);
                break;
        }

        _state = next;
    }

    private BreakerEngine EngineOrThrow() => _engine
        ?? throw new InvalidOperationException($"Cluster '{_cluster}' has no breaker: set ClientLb:Clusters:{_cluster}:Breaker:Enabled to true.");
}
