using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>Round robin by the weights that reports of load gave when it was compiled. It takes reports in and says when they have changed the weights.</summary>
internal sealed class WeightedByLoadPicker : Picker
{
    // Less is noise, and would compile a picker each second for nothing.
    private const double LeastChange = 0.01;

    private readonly IReadOnlyList<WeightedEndpoint> _members;
    private readonly double[] _weights;
    private readonly ByLoadOptions _options;
    private readonly RoundRobinPicker _inner;
    private long _nextLook;

    /// <param name="input">What it is compiled from; at least one member weighs more than 0.</param>
    /// <param name="cursor">Where the round robin stands.</param>
    public WeightedByLoadPicker(in PickerInput input, RoundRobinCursor cursor)
    {
        _members = input.Members;
        _options = input.Options?.ByLoad ?? new ByLoadOptions();
        var now = input.Clock.Now;
        _nextLook = now + _options.UpdatePeriod.Ticks;
        _weights = LoadWeights.Of(_members, _options, now);
        var members = new WeightedEndpoint[_weights.Length];
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = new(_members[i].Endpoint, _weights[i]);
        }

        Cursor = cursor;
        _inner = RoundRobinPolicy.Compile(WeightedGroup.From(members), cursor, input.Random);
    }

    public override bool ObservesOutcomes => true;

    public override bool ReadsLoadReports => true;

    /// <summary>The position, for the picker that replaces this one.</summary>
    public RoundRobinCursor Cursor { get; }

    public override Endpoint? Pick(in PickContext context) => _inner.Pick(context);

    public override void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        if (!report.Load.IsEmpty)
        {
            endpoint.Reported.Take(report.Load, report.EndedAt, _options.ErrorUtilizationPenalty, _options.Expiry.Ticks);
        }
    }

    // Called by the cluster's loop alone.
    internal override bool IsOutdated(long now)
    {
        if (now < _nextLook)
        {
            return false;
        }

        _nextLook = now + _options.UpdatePeriod.Ticks;
        var weights = LoadWeights.Of(_members, _options, now);
        for (var i = 0; i < weights.Length; i++)
        {
            if (Math.Abs(weights[i] - _weights[i]) > LeastChange * _weights[i])
            {
                return true;
            }
        }

        return false;
    }
}
