namespace ClientLb.Balancing;

/// <summary>
/// <c>recall</c>, the default: of the endpoints that gave the last 16 good answers and one drawn at random by weight, the one with the lowest
/// ln(latency) + ln(in flight + 1) − ln(weight) − 2·ln(probability of success). It sees slow, busy, failing and frozen endpoints by what this
/// client has met itself, needs nothing from servers, and costs the same for ten endpoints as for ten thousand.
/// </summary>
/// <remarks>
/// The memory gives nearly the quality of a look at all endpoints; the one random candidate finds what has become better and lets newcomers in
/// gently. How latency and errors are averaged stands at the score (<c>RecallScore</c>).
/// </remarks>
public sealed class RecallPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>recall</c>.</summary>
    public const string PolicyName = "recall";

    private readonly int _shards;
    private readonly Func<int>? _choose;

    /// <summary>Creates the policy.</summary>
    public RecallPolicy()
        : this(RecallMemory.UsualShards, null)
    {
    }

    internal RecallPolicy(int shards, Func<int>? choose)
    {
        _shards = shards;
        _choose = choose;
    }

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public bool IgnoresSlowStart => true;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input)
    {
        var group = WeightedGroup.From(input);
        if (group.Count == 0)
        {
            return Picker.None;
        }

        var memory = input.Previous is RecallPicker previous
            ? previous.Memory.For(previous.Members, group.Endpoints)
            : new RecallMemory(_shards, _choose);
        return new RecallPicker(group, memory, input.Random);
    }
}
