using System.Diagnostics.CodeAnalysis;

namespace ClientLb.Consul;

/// <summary>
/// Keeps down how many queries are under way at once that Consul answers without holding them: a process that starts with hundreds of watches
/// would open a connection for each. They take milliseconds, so nobody waits long.
/// </summary>
/// <remarks>Never disposed: a semaphore that is forgets who waits, and a wait that is being cancelled at that moment never ends. Without a wait handle it has nothing to give back.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "See the remarks.")]
internal sealed class ConsulShortQueries
{
    /// <summary>With 100 held ones and 50 abandoned ones it leaves 30 of an agent's 200 connections to others.</summary>
    public const int AtOnce = 20;

    private readonly SemaphoreSlim _places = new(AtOnce);

    public Task EnterAsync(CancellationToken cancellationToken) => _places.WaitAsync(cancellationToken);

    public void Leave() => _places.Release();
}
