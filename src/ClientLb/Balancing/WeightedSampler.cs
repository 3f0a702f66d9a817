using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>Draws members of a group by weight: from uniform bits alone, or avoiding what a context excludes.</summary>
internal readonly struct WeightedSampler
{
    // The next draws nearly always find another; where most of the weight is excluded, a scan ends the search.
    private const int Draws = 4;

    // Up to here the scan is the quicker way.
    private const int FewMembers = 4;

    private readonly Endpoint[] _endpoints;
    private readonly WeightedGroup _group;
    private readonly AliasTable? _byWeight;
    private readonly RandomBits _random;

    public WeightedSampler(WeightedGroup group, IRandomSource random)
    {
        _endpoints = group.Endpoints;
        _group = group;
        _byWeight = group.IsUniform ? null : new AliasTable(group);
        _random = new RandomBits(random);
    }

    public Endpoint[] Endpoints => _endpoints;

    public bool IsUniform => _byWeight is null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextBits() => _random.Next();

    /// <summary>An index by weight.</summary>
    /// <param name="bits">Uniform random bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Sample(uint bits) =>
        _byWeight is null ? RandomSourceExtensions.Scale(bits, _endpoints.Length) : _byWeight.Sample(bits);

    /// <summary>An index by weight that is neither excluded nor the one given; −1 where there is none.</summary>
    /// <param name="context">What is excluded.</param>
    /// <param name="except">An index to avoid, or −1.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public int SampleAllowed(in PickContext context, int except)
    {
        var draws = _endpoints.Length <= FewMembers ? 0 : Draws;
        for (var draw = 0; draw < draws; draw++)
        {
            var index = Sample((uint)(_random.Next() >> 32));
            if (index != except && !context.Excludes(_endpoints[index]))
            {
                return index;
            }
        }

        return _group.Draw(context, except, _random.Next());
    }
}
