using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The best of the endpoints that answered lately and one drawn at random by weight, by <see cref="RecallScore"/>. Equal ones in turn.
/// </summary>
internal sealed class RecallPicker : Picker
{
    // What an overloaded endpoint is taken for: five times as slow as it was.
    private static readonly float s_pushback = MathF.Log(5);

    // Endpoints whose latencies are within this factor are as good as each other where nothing else tells them apart.
    private static readonly float s_leeway = MathF.Log(1.5f);

    private readonly WeightedSampler _sampler;
    private readonly bool _isSmall;

    /// <param name="group">At least one member: the picker of one learns for the time when there are more.</param>
    /// <param name="memory">What is remembered of them.</param>
    /// <param name="random">Where chance comes from.</param>
    public RecallPicker(WeightedGroup group, RecallMemory memory, IRandomSource random)
    {
        _sampler = new(group, random);
        Memory = memory;
        _isSmall = group.Count <= RecallShard.Size;
        for (var i = 0; i < group.Count; i++)
        {
            var logarithm = group.IsUniform ? 0 : MathF.Log((float)group.WeightOf(i));
            ref var place = ref group.Endpoints[i].Hot.Recall.LogWeight;
            if (place != logarithm)
            {
                place = logarithm;
            }
        }
    }

    public override bool ObservesOutcomes => true;

    /// <summary>For the picker that replaces this one.</summary>
    public RecallMemory Memory { get; }

    /// <summary>The members, to be compared with those of the next picker.</summary>
    public Endpoint[] Members => _sampler.Endpoints;

    public override Endpoint? Pick(in PickContext context)
    {
        var shard = Memory.Shard;
        if (shard.OthersFade != 0 || !context.Excluded.IsEmpty)
        {
            return PickWithAll(context, shard);
        }

        var now = context.Now;
        var drawn = _sampler.Endpoints[_sampler.Sample((uint)(_sampler.NextBits() >> 32))];
        var chance = RecallScore.Exact(drawn, now, shard.Mean);
        var (best, least) = (drawn, chance);

        // Few endpoints stand there several times: who was just found to be the best, or no better, need not be scored again.
        Endpoint? leader = null, loser = null;
        foreach (var endpoint in shard.Endpoints)
        {
            if (endpoint is null)
            {
                // They are filled in turn.
                break;
            }

            if (ReferenceEquals(endpoint, leader) || ReferenceEquals(endpoint, loser))
            {
                continue;
            }

            var score = RecallScore.Quick(endpoint, now);
            if (score < least || (score == least && IsEarlier(endpoint, best)))
            {
                least = score;
                loser = leader;
                best = leader = endpoint;
            }
            else
            {
                loser = endpoint;
            }
        }

        return _isSmall && !ReferenceEquals(best, drawn) && IsWornOut(best, least, drawn, chance, shard) ? drawn : best;
    }

    public override void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        if (report.Load.InFlight is { } inFlight && (report.Kind is OutcomeKind.Success or OutcomeKind.Ignored))
        {
            Memory.Shard.AverageOthers(RecallScore.ObserveOthers(endpoint, inFlight, report.EndedAt));
        }

        if (report.Kind == OutcomeKind.Ignored && !report.IsLowerBound)
        {
            return;
        }

        var shard = Memory.Shard;
        var logarithm = MathF.Log(Math.Max(1, report.Duration));
        if (report.Kind == OutcomeKind.Success)
        {
            shard.Average(logarithm);
            RecallScore.Observe(endpoint, report, logarithm, shard.Mean);
            if (!Memory.IsGone(endpoint) && shard.Remember(endpoint))
            {
                Memory.Pace(shard, report.EndedAt);
            }

            return;
        }

        if (report.Kind == OutcomeKind.Overloaded)
        {
            logarithm = MathF.Max(logarithm, MathF.Max(endpoint.Hot.Recall.Latency, shard.Mean) + s_pushback);
        }

        RecallScore.Observe(endpoint, report, logarithm, shard.Mean);
    }

    /// <summary>
    /// One client that makes one call after another would stay with whatever was a little quicker: who has given more than half of the answers lately
    /// lets another idle one have its turn, if that is nearly as quick. By weight, because the other was drawn so.
    /// </summary>
    private static bool IsWornOut(Endpoint best, float least, Endpoint drawn, float chance, RecallShard shard) =>
        best.Load.InFlight == 0 && drawn.Load.InFlight == 0
        && chance + drawn.Hot.Recall.LogWeight <= least + best.Hot.Recall.LogWeight + s_leeway && shard.IsMostly(best);

    /// <summary>The same with all that is rare: excluded endpoints, and those that say how many requests they have in flight.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Endpoint? PickWithAll(in PickContext context, RecallShard shard)
    {
        var index = context.Excluded.IsEmpty
            ? _sampler.Sample((uint)(_sampler.NextBits() >> 32))
            : _sampler.SampleAllowed(context, except: -1);
        if (index < 0)
        {
            return null;
        }

        var (now, others, fade) = (context.Now, shard.Others, shard.OthersFade);
        var best = _sampler.Endpoints[index];
        var least = RecallScore.Shared(best, now, shard.Mean, others, fade, isExact: true);
        foreach (var endpoint in shard.Endpoints)
        {
            if (endpoint is null)
            {
                break;
            }

            if (context.Excludes(endpoint))
            {
                continue;
            }

            var score = RecallScore.Shared(endpoint, now, shard.Mean, others, fade, isExact: false);
            if (score < least || (score == least && IsEarlier(endpoint, best)))
            {
                least = score;
                best = endpoint;
            }
        }

        return best;
    }

    /// <summary>Of equal endpoints the least recently used one: the one of the lowest place would attract every client.</summary>
    private static bool IsEarlier(Endpoint one, Endpoint other) => (int)(one.Hot.Recall.PickedAt - other.Hot.Recall.PickedAt) < 0;
}
