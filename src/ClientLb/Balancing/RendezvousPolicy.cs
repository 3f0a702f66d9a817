namespace ClientLb.Balancing;

/// <summary>
/// <c>rendezvous</c>: the highest random weight (Thaler and Ravishankar 1996; weighted by −w / ln h). Shares are by weight with no more than the chance of the keys
/// themselves, and no key moves that need not. Each pick looks at all endpoints: for some hundreds of them at most.
/// </summary>
/// <remarks>An endpoint is known by its Id. A call without a key goes to a random endpoint by weight.</remarks>
public sealed class RendezvousPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>rendezvous</c>.</summary>
    public const string PolicyName = "rendezvous";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public bool NeedsAnnounced => true;

    /// <summary>True: weights that change by the second would move keys.</summary>
    public bool IgnoresSlowStart => true;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input) => HashPicker.Create(input, static _ => new RendezvousOrder());
}
