using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// <c>round_robin</c>, and <c>weighted_round_robin</c>: the members in turn, each as often as its weight says and as evenly spread as can be: with weights 3, 1, 2
/// none comes three times in a row. It looks at no load.
/// </summary>
/// <remarks>
/// It starts at random, so that a thousand clients do not begin with the same endpoint, and keeps its position when the members
/// change. Weights in a ratio of small whole numbers follow nginx's smooth weighted round robin; any others a golden-section
/// rotation with the same shares. One interlocked increment a pick.
/// </remarks>
public sealed class RoundRobinPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>round_robin</c>.</summary>
    public const string PolicyName = "round_robin";

    /// <summary>Its other name: <c>weighted_round_robin</c>.</summary>
    public const string WeightedPolicyName = "weighted_round_robin";

    /// <summary>Creates the policy.</summary>
    public RoundRobinPolicy()
        : this(PolicyName)
    {
    }

    internal RoundRobinPolicy(string name) => Name = name;

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input)
    {
        var group = WeightedGroup.From(input);
        if (group.Count == 0)
        {
            return Picker.None;
        }

        return Compile(group, (input.Previous as RoundRobinPicker)?.Cursor ?? new RoundRobinCursor(input.Random.NextBits()), input.Random);
    }

    /// <summary>The picker over at least one member, from a position on.</summary>
    internal static RoundRobinPicker Compile(WeightedGroup group, RoundRobinCursor cursor, IRandomSource random)
    {
        if (group.IsUniform)
        {
            return new SequencePicker(group.Endpoints, cursor, group, random);
        }

        return SmoothSequence.TryBuild(group, out var sequence)
            ? new SequencePicker(sequence, cursor, group, random)
            : new RotationPicker(group, cursor, random);
    }
}
