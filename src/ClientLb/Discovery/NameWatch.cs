using System.Net;
using System.Net.Sockets;
using ClientLb.Endpoints;
using ClientLb.Settings;

namespace ClientLb.Discovery;

/// <summary>Looks one name up, again and again.</summary>
internal sealed class NameWatch(string name, DnsOptions options, INameResolver resolver, SemaphoreSlim slots, MonotonicClock clock, IRandomSource random)
{
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(1);

    private readonly RefreshSignal _refresh = new();

    /// <summary>Looks it up soon: no sooner than 1 s after the last time.</summary>
    public void Refresh() => _refresh.Signal();

    /// <summary>Runs until it is stopped, and throws nothing that the resolver throws.</summary>
    /// <param name="found">Gets the addresses, sorted, at least one.</param>
    /// <param name="failed">Gets why there is none.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Action<IReadOnlyList<string>> found, Action<Exception> failed, CancellationToken stop)
    {
        var retry = MinPause;
        while (!stop.IsCancellationRequested)
        {
            var pause = options.Refresh;
            try
            {
                found(await LookUpAsync(stop).ConfigureAwait(false));
                retry = MinPause;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the resolver throws, the addresses of before stay.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failed(new DiscoveryException(DiscoveryErrorKind.Unreachable, $"The name '{name}' could not be looked up: {Cause(e)}", e));
                pause = retry < options.Refresh ? retry : options.Refresh;
                retry = pause * 2;
            }

            await PauseAsync(pause * (0.9 + (0.2 * random.NextDouble())), stop).ConfigureAwait(false);
        }
    }

    private string Cause(Exception error) => error is TimeoutException
        ? $"no answer within {Durations.Format(options.Timeout)}."
        : error.Message.EndsWith('.') ? error.Message : error.Message + ".";

    private async Task<IReadOnlyList<string>> LookUpAsync(CancellationToken stop)
    {
        await slots.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var lookUp = resolver.ResolveAsync(name, limit.Token);
            try
            {
                return Choose(await lookUp.WaitAsync(options.Timeout, clock.TimeProvider, stop).ConfigureAwait(false));
            }
            finally
            {
                await limit.CancelAsync().ConfigureAwait(false);

                // The system's resolver can't be stopped: what it says too late is nobody's, and no unobserved exception either.
                _ = lookUp.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        finally
        {
            slots.Release();
        }
    }

    private List<string> Choose(IPAddress[] addresses)
    {
        var family = options.Family != DnsFamily.Auto ? options.Family
            : Array.Exists(addresses, static a => a.AddressFamily == AddressFamily.InterNetwork) ? DnsFamily.IPv4 : DnsFamily.IPv6;
        var chosen = addresses
            .Where(a => family == DnsFamily.All || a.AddressFamily == (family == DnsFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6))
            .Select(static a => a.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return chosen.Count > 0 ? chosen
            : throw new InvalidOperationException(options.Family is DnsFamily.IPv4 or DnsFamily.IPv6 ? $"it has no {options.Family} address." : "it has no address.");
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        var started = clock.Now;
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            var asked = _refresh.WaitAsync(either.Token);
            var due = Task.Delay(pause, clock.TimeProvider, either.Token);
            await Task.WhenAny(asked, due).ConfigureAwait(false);
            await either.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(asked, due).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var rest = TimeSpan.FromTicks(Math.Min(pause.Ticks, MinPause.Ticks) - (clock.Now - started));
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, clock.TimeProvider, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
