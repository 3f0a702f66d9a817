namespace ClientLb.Affinity;

/// <summary>The key of a call as a hash: calls with equal keys belong to the same endpoint, under a policy that heeds it.</summary>
/// <param name="Hash">The hash.</param>
/// <param name="Exists">False for a call without a key, which is the default.</param>
internal readonly record struct CallKey(ulong Hash, bool Exists)
{
    public static CallKey Of(ulong hash) => new(hash, true);
}
