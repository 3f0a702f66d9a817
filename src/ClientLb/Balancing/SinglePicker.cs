using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>The picker of a group with one member, whatever the policy.</summary>
internal sealed class SinglePicker(Endpoint endpoint) : Picker
{
    public override Endpoint? Pick(in PickContext context) => context.Excludes(endpoint) ? null : endpoint;
}
