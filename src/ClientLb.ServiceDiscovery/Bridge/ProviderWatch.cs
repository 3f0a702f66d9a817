using System.Runtime.CompilerServices;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>
/// One watch: asks the providers, waits for one of their tokens to change, for the period, or for who wants a fresh look, and asks again. A failed refresh keeps the list and
/// is tried again sooner.
/// </summary>
internal sealed class ProviderWatch(
    IEnumerable<IServiceEndpointProviderFactory> factories, ServiceReference reference, ServiceDiscoverySourceOptions options, MonotonicClock clock)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    // A token that is found changed whenever it is added must not make a busy loop. A change after a pause is not held up.
    private static readonly TimeSpan s_minInterval = TimeSpan.FromMilliseconds(100);

    private EndpointUpdate? _last;

    public async IAsyncEnumerable<EndpointUpdate> RunAsync(IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var providers = new List<IServiceEndpointProvider>();
        try
        {
            CreateProviders(providers);
            var asked = refresh.WaitAsync(leave.Token);
            var failures = 0;
            while (true)
            {
                using var changes = new ChangeWatch();
                var startedAt = clock.Now;
                var update = await NextAsync(providers, changes, cancellationToken).ConfigureAwait(false);
                failures = update.Error is null ? 0 : failures + 1;
                yield return update;

                await WaitAsync(changes.Changed, asked, PauseAfter(failures), cancellationToken).ConfigureAwait(false);
                if (asked.IsCompleted)
                {
                    asked = refresh.WaitAsync(leave.Token);
                }

                var early = s_minInterval - TimeSpan.FromTicks(clock.Now - startedAt);
                if (early > TimeSpan.Zero)
                {
                    await Task.Delay(early, clock.TimeProvider, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await leave.CancelAsync().ConfigureAwait(false);
            foreach (var provider in providers)
            {
                await DisposeAsync(provider).ConfigureAwait(false);
            }
        }
    }

    private static async Task DisposeAsync(IServiceEndpointProvider provider)
    {
        try
        {
            await provider.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The others want to be disposed too, and the watch is over.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void CreateProviders(List<IServiceEndpointProvider> providers)
    {
        var name = reference.EndpointName is null ? reference.Service : $"_{reference.EndpointName}.{reference.Service}";
        if (!ServiceEndpointQuery.TryParse($"{string.Join('+', reference.Schemes)}://{name}", out var query))
        {
            throw new DiscoveryException(DiscoveryErrorKind.Invalid, $"'{name}' is no name of a service that Microsoft.Extensions.ServiceDiscovery understands.");
        }

        foreach (var factory in factories)
        {
            if (factory.TryCreateProvider(query, out var provider))
            {
                providers.Add(provider);
            }
        }

        if (providers.Count == 0)
        {
            throw new DiscoveryException(
                DiscoveryErrorKind.Invalid, $"No provider of Microsoft.Extensions.ServiceDiscovery knows '{name}'. Register one, for example AddConfigurationServiceEndpointProvider().");
        }
    }

    private async Task<EndpointUpdate> NextAsync(List<IServiceEndpointProvider> providers, ChangeWatch changes, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.RefreshTimeout, clock.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var builder = new RefreshBuilder(changes);
        try
        {
            foreach (var provider in providers)
            {
                // Not left to the provider alone: one that overlooks its token must not end the watch.
                await provider.PopulateAsync(builder, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested && limit.IsCancellationRequested)
        {
            return Failed(new DiscoveryException(
                DiscoveryErrorKind.Timeout, $"The providers of Microsoft.Extensions.ServiceDiscovery gave no answer for '{reference.Service}' within {options.RefreshTimeout}.", e));
        }
#pragma warning disable CA1031 // Whatever a provider throws, the list stays in force.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return Failed(e);
        }

        var (endpoints, note) = EndpointTranslation.Read(builder.Endpoints, reference.Schemes is [var first, ..] && first == Uri.UriSchemeHttps ? 443 : 80);
        var isSame = _last is not null && endpoints.SequenceEqual(_last.Endpoints);
        return _last = new(isSame ? _last!.Endpoints : endpoints, clock.Now, isSame ? UpdateFreshness.Unchanged : UpdateFreshness.Fresh) { Note = note };
    }

    // Before the first list there is nothing to keep, and the calls go on waiting.
    private EndpointUpdate Failed(Exception error) => new(_last?.Endpoints ?? [], _last?.ConfirmedAt ?? clock.Now, UpdateFreshness.Unchanged) { Note = _last?.Note, Error = error };

    private TimeSpan PauseAfter(int failures) => failures == 0 ? options.RefreshPeriod
        : TimeSpan.FromTicks((long)Math.Min(options.RefreshPeriod.Ticks, s_firstPause.Ticks * Math.Pow(2, Math.Min(failures - 1, 20))));

    private async Task WaitAsync(Task changed, Task asked, TimeSpan pause, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, asked, Task.Delay(pause, clock.TimeProvider, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
