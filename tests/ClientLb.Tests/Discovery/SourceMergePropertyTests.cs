using ClientLb.Discovery;
using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Discovery;

public class SourceMergePropertyTests
{
    private static readonly Gen<EndpointDescriptor> AnyEndpoint =
        from host in Gen.Elements("a", "A", "b", "10.0.0.1", "::1")
        from port in Gen.Choose(1, 4)
        from weight in Gen.Choose(0, 3)
        from priority in Gen.Choose(0, 1000)
        select new EndpointDescriptor(host, port) { Weight = weight, Priority = priority };

    private static readonly Gen<EndpointDescriptor[][]> AnyParts = AnyEndpoint.ArrayOf().ArrayOf(3);

    [Fact]
    public void Merged_list_has_every_address_once_the_preferred_part_unchanged_and_does_not_depend_on_who_spoke_first() =>
        Prop.ForAll(AnyParts.ToArbitrary(), Gen.Shuffle([0, 1, 2]).ToArbitrary(), static (parts, order) =>
        {
            var merged = Merge(parts, [0, 1, 2]);
            var first = parts[0].DistinctBy(Address).ToArray();
            return merged.Select(Address).Distinct().Count() == merged.Count
                && merged.Select(Address).ToHashSet().SetEquals(parts.SelectMany(static part => part).Select(Address))
                && merged.Take(first.Length).SequenceEqual(first)
                && merged.All(endpoint => endpoint.Priority / MergedPart.PriorityStep == Array.FindIndex(parts, part => part.Any(e => Address(e) == Address(endpoint))))
                && merged.SequenceEqual(Merge(parts, order));
        }).QuickCheckThrowOnFailure();

    private static string Address(EndpointDescriptor endpoint) => EndpointDescriptor.Authority(endpoint.Host, endpoint.Port).ToUpperInvariant();

    private static IReadOnlyList<EndpointDescriptor> Merge(EndpointDescriptor[][] parts, IEnumerable<int> order)
    {
        var merge = new SourceMerge(["first", "second", "third"]);
        IReadOnlyList<EndpointDescriptor> last = [];
        foreach (var part in order)
        {
            merge.Take(part, new(parts[part], 1));
            last = merge.Next()?.Endpoints ?? last;
        }

        return last;
    }
}
