namespace ClientLb.Balancing;

/// <summary>
/// In which order a key prefers the members of a group. It depends on the group alone, never on who may be picked at the moment: so an ejection
/// moves the keys of the ejected member and no others, and its return moves them back.
/// </summary>
/// <remarks>The order is walked for <see cref="Steps"/> steps; behind them stand all members in the order of rendezvous hashing.</remarks>
internal abstract class HashOrder
{
    /// <summary>
    /// How far a walk goes. Whoever finds nobody in so many steps has nearly everyone closed, and then a scan of those that are open is short.
    /// </summary>
    protected const int UsualSteps = 256;

    /// <summary>How many steps there are.</summary>
    public virtual int Steps => UsualSteps;

    /// <summary>The index of a member. One may come several times.</summary>
    /// <param name="key">The key, well mixed.</param>
    /// <param name="step">From 0 to below <see cref="Steps"/>.</param>
    public abstract int At(ulong key, int step);
}
