using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Health.Checks;

/// <summary>
/// The held connection to one endpoint. Its stream brings news at once; a <c>Check</c> each interval over the same connection shows that the server is still there.
/// </summary>
/// <remarks>
/// Pings of HTTP/2 would show that too, but servers of gRPC answer pings on a silent stream that come more often than every five minutes with GOAWAY
/// (too_many_pings), and a server that is well would seem to fail.
/// </remarks>
internal sealed class GrpcWatch(
    Endpoint endpoint, HealthCheckOptions options, string cluster, MonotonicClock clock, ILogger logger, Action<Endpoint, CheckFinding, bool> news) : IDisposable
{
    private static readonly long s_maxPause = TimeSpan.FromMinutes(1).Ticks;

    private readonly Lock _gate = new();
    private Connection? _connection;
    private bool _isDisposed;
    private bool _hasNoWatch;
    private bool _hasSaidSo;
    private long _pause;
    private long _reopenAt;

    public async ValueTask<CheckFinding> CheckAsync(CancellationToken cancellationToken)
    {
        var connection = Connect();
        try
        {
            var answer = await connection.Client.CheckAsync(options.Timeout, cancellationToken).ConfigureAwait(false);
            if (answer.Status != GrpcAnswer.NotGrpc)
            {
                Open(connection);
            }

            return answer.ToFinding();
        }
        catch (OperationCanceledException) when (!connection.Client.IsConnected)
        {
            Drop(connection);
            return CheckFinding.NoConnection;
        }
        catch
        {
            // Refused, broken or silent: the next check dials anew.
            Drop(connection);
            throw;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        Drop(_connection);
    }

    private Connection Connect()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connection is null)
            {
                // Another process may listen there by now.
                _hasNoWatch = false;
                _connection = new Connection(GrpcCheck.ClientFor(endpoint, options, cluster));
            }

            return _connection;
        }
    }

    private void Drop(Connection? connection)
    {
        lock (_gate)
        {
            if (connection is null || _connection != connection)
            {
                return;
            }

            _connection = null;
        }

        connection.Dispose();
    }

    /// <summary>Opens the stream where there is none: not where the server has no such method, and not at once after it has ended again.</summary>
    private void Open(Connection connection)
    {
        lock (_gate)
        {
            if (_connection != connection || connection.IsWatched || _hasNoWatch || clock.Now < _reopenAt)
            {
                return;
            }

            connection.IsWatched = true;
        }

        _ = WatchAsync(connection);
    }

    private async Task WatchAsync(Connection connection)
    {
        CheckFinding end;
        try
        {
            end = await ReadAsync(connection).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // However the stream ends, it is one failure of the endpoint, and nobody awaits this task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            end = CheckFinding.Of(e);
        }

        lock (_gate)
        {
            connection.IsWatched = false;
            if (_connection != connection || _hasNoWatch)
            {
                // Given up by ourselves, or there is no such stream.
                return;
            }

            _pause = Math.Min(s_maxPause, Math.Max(options.UnhealthyInterval.Ticks, 2 * _pause));
            _reopenAt = clock.Now + _pause;
        }

        Drop(connection);
        news(endpoint, end, false);
    }

    private async Task<CheckFinding> ReadAsync(Connection connection)
    {
        await foreach (var answer in connection.Client.WatchAsync(connection.Stop).ConfigureAwait(false))
        {
            if (answer.Status == GrpcAnswer.Open)
            {
                _pause = 0;
                news(endpoint, answer.ToFinding(), true);
            }
            else if (answer.Status == GrpcAnswer.Unimplemented)
            {
                SetNoWatch();
                return CheckFinding.Passed;
            }
            else
            {
                return answer.Status == GrpcAnswer.Ok ? CheckFinding.Failed("had its stream ended by the server") : answer.ToFinding();
            }
        }

        return CheckFinding.Failed("had its stream ended by the server");
    }

    private void SetNoWatch()
    {
        lock (_gate)
        {
            _hasNoWatch = true;
            if (_hasSaidSo)
            {
                return;
            }

            _hasSaidSo = true;
        }

        logger.WatchNotServed(cluster, endpoint.ToString(), options.Interval);
    }

    private sealed class Connection(GrpcHealthClient client) : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public GrpcHealthClient Client => client;

        public bool IsWatched { get; set; }

        public CancellationToken Stop => _stop.Token;

        public void Dispose()
        {
            // Not disposed itself: a stream that is just being opened may still ask for its token.
            _stop.Cancel();
            client.Dispose();
        }
    }
}
