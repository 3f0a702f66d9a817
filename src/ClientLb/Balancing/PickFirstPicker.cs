using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>Picks one endpoint, and the first of the others where it is excluded.</summary>
internal sealed class PickFirstPicker(Endpoint[] endpoints, Endpoint current) : Picker
{
    /// <summary>Whom the next picker stays with.</summary>
    public Endpoint Current { get; } = current;

    public override Endpoint? Pick(in PickContext context) => context.Excludes(Current) ? PickAround(context) : Current;

    private Endpoint? PickAround(in PickContext context)
    {
        foreach (var endpoint in endpoints)
        {
            if (!context.Excludes(endpoint))
            {
                return endpoint;
            }
        }

        return null;
    }
}
