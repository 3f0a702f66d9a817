namespace ClientLb.Balancing;

/// <summary>A load-balancing policy: it compiles a <see cref="Picker"/> whenever the eligible endpoints change.</summary>
public interface ILoadBalancingPolicy
{
    /// <summary>The name in configuration, lower case with underscores, for example <c>round_robin</c>.</summary>
    string Name { get; }

    /// <summary>
    /// True for a policy whose pickers are made of all announced endpoints and pass over those that may not be picked: what is ejected and comes back
    /// then changes nothing for the others. Default: false.
    /// </summary>
    bool NeedsAnnounced => false;

    /// <summary>
    /// True for a policy whose members keep their whole weight from the start, whatever <see cref="LoadBalancingOptions.SlowStart"/> says. Default
    /// false.
    /// </summary>
    bool IgnoresSlowStart => false;

    /// <summary>Compiles a picker over one group. Runs off the path of calls.</summary>
    /// <param name="input">The group's members and what else a picker may need.</param>
    /// <returns>The picker. It is used by any number of threads at once.</returns>
    Picker CreatePicker(in PickerInput input);
}
