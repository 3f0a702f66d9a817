namespace ClientLb.Endpoints;

/// <summary>Where chance comes from. Per thread in production; seeded, and then for one thread only, in a simulation.</summary>
public interface IRandomSource
{
    /// <summary>64 uniformly distributed bits.</summary>
    /// <returns>The bits.</returns>
    ulong NextBits();
}
