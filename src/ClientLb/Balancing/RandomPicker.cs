using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>Picks at random by weight, with one draw.</summary>
internal sealed class RandomPicker(WeightedGroup group, IRandomSource random) : Picker
{
    private readonly WeightedSampler _sampler = new(group, random);

    public override Endpoint? Pick(in PickContext context)
    {
        var endpoint = _sampler.Endpoints[_sampler.Sample((uint)(_sampler.NextBits() >> 32))];
        return context.Excludes(endpoint) ? PickAround(context) : endpoint;
    }

    private Endpoint? PickAround(in PickContext context)
    {
        var index = _sampler.SampleAllowed(context, except: -1);
        return index < 0 ? null : _sampler.Endpoints[index];
    }
}
