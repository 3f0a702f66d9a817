using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>Which picker compares the load of a group's members.</summary>
internal static class LoadPickers
{
    /// <summary>
    /// Up to here <c>least_connections</c> and <c>least_response_time</c> look at all, at some 10 ns for each. The gain over a few choices shrinks with
    /// the number of members, the price grows with it.
    /// </summary>
    public const int LargestScan = 32;

    /// <summary>The picker.</summary>
    /// <param name="group">The members; there may be none.</param>
    /// <param name="choices">How many are drawn where not all are looked at.</param>
    /// <param name="scanUpTo">Up to so many members all are looked at.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="metric">What is compared.</param>
    public static Picker Compile<TMetric>(WeightedGroup group, int choices, int scanUpTo, IRandomSource random, TMetric metric = default)
        where TMetric : struct, ILoadMetric
    {
        switch (group.Count)
        {
            case 0:
                return Picker.None;
            case 1:
                return new SinglePicker(group.Endpoints[0]);
            case var count when count <= scanUpTo || (choices > 2 && count <= choices):
                return new FullScanPicker<TMetric>(group, random, metric);
            default:
                return choices <= 2
                    ? new TwoChoicesPicker<TMetric>(group, random, metric)
                    : new ChoicesPicker<TMetric>(group, choices, random, metric);
        }
    }
}
