using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>
/// Follows a source until it completes or is no longer wanted. A watch that breaks is started again after a jittered back-off, 0.2 s to
/// 30 s.
/// </summary>
internal sealed class SteadyWatch(IEndpointSource source, EndpointQuery query, IRefreshSignal refresh, TimeProvider time, IRandomSource random)
{
    private static readonly TimeSpan MinBackOff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxBackOff = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the source completes or the token says so; it throws nothing that the source throws.</summary>
    /// <param name="took">Gets each update, with the number of errors in a row that came before it.</param>
    /// <param name="broke">Gets what a watch broke with, the number of errors in a row with it, and the pause before the next one.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Action<EndpointUpdate, int> took, Action<Exception, int, TimeSpan> broke, CancellationToken stop)
    {
        var errors = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await foreach (var update in source.WatchAsync(query, refresh, stop).ConfigureAwait(false))
                {
                    took(update, errors);
                    errors = update.Error is null ? 0 : errors + 1;
                }

                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever a source throws, its cluster goes on with what it knows.
            catch (Exception e)
#pragma warning restore CA1031
            {
                errors++;
                var delay = BackOff(errors);
                broke(e, errors, delay);
                await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private TimeSpan BackOff(int errors)
    {
        var ceiling = Math.Min(MaxBackOff.TotalSeconds, MinBackOff.TotalSeconds * Math.Pow(2, Math.Min(errors, 20)));
        return TimeSpan.FromSeconds(ceiling * (0.5 + (0.5 * random.NextDouble())));
    }
}
