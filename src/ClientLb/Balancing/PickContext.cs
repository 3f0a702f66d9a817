using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>What one pick knows of its attempt.</summary>
public readonly ref struct PickContext
{
    /// <summary>Creates a context.</summary>
    /// <param name="now">The present, in ticks of <see cref="MonotonicClock"/>.</param>
    /// <param name="excluded">Endpoints that must not be picked: tried already, or closed. Usually empty; at most a handful.</param>
    public PickContext(long now, ReadOnlySpan<Endpoint> excluded = default)
    {
        Now = now;
        Excluded = excluded;
    }

    /// <summary>The present, in ticks of <see cref="MonotonicClock"/>.</summary>
    public long Now { get; }

    /// <summary>Endpoints that must not be picked.</summary>
    public ReadOnlySpan<Endpoint> Excluded { get; }

    /// <summary>The hash of the call's key, where <see cref="HasHashKey"/>.</summary>
    public ulong HashKey { get; init; }

    /// <summary>True when the call has a key.</summary>
    public bool HasHashKey { get; init; }

    /// <summary>Whether an endpoint must not be picked.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <returns>True when it is among the excluded ones.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Excludes(Endpoint endpoint) => Excluded.Length != 0 && Contains(endpoint);

    private bool Contains(Endpoint endpoint)
    {
        foreach (var excluded in Excluded)
        {
            if (ReferenceEquals(excluded, endpoint))
            {
                return true;
            }
        }

        return false;
    }
}
