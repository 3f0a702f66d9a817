using System.Security.Cryptography;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>
/// Sends over a handler that is replaced when the certificates' files have changed. What is under way, held queries too, ends over the handler
/// that it began with; that one is disposed after its last answer.
/// </summary>
internal sealed class ConsulRenewingHandler : HttpMessageHandler
{
    /// <summary>How often the files are looked at; those who rotate them leave hours for it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ConsulOptions _options;
    private readonly Func<ConsulPem, HttpMessageHandler> _create;
    private readonly MonotonicClock _clock;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private ConsulPem _pem;
    private ConsulHandlerLife _current;
    private long _lookedAt;
    private string? _said;
    private int _isLooking;

    /// <summary>Reads the files for the first time.</summary>
    public ConsulRenewingHandler(ConsulOptions options, Func<ConsulPem, HttpMessageHandler> create, MonotonicClock clock, ILogger logger)
    {
        _options = options;
        _create = create;
        _clock = clock;
        _logger = logger;
        _pem = ConsulPem.Read(options);
        _current = new(create(_pem));
        _lookedAt = clock.Now;
    }

    /// <summary>Looks at the files when it is time to and nobody else does.</summary>
    /// <param name="isUrgent">Whether Consul does not answer: other certificates may be the cure, so they are looked at now.</param>
    public void Look(bool isUrgent)
    {
        if ((!isUrgent && _clock.Now - Volatile.Read(ref _lookedAt) < Interval.Ticks) || Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            Volatile.Write(ref _lookedAt, _clock.Now);
            var pem = ConsulPem.Read(_options);
            if (!pem.IsSame(_pem))
            {
                Replace(new(_create(pem)));
                _pem = pem;
                ConsulLog.CertificatesRenewed(_logger);
            }

            _said = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // Perhaps only half of them is written yet.
            if (_said != e.Message)
            {
                _said = e.Message;
                ConsulLog.CertificatesRefused(_logger, e.Message);
            }
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var life = Enter();
        try
        {
            var response = await life.Invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            response.Content = new ConsulLeasedContent(response.Content, life);
            return response;
        }
        catch
        {
            life.Leave();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_lock)
            {
                _current.End();
            }
        }

        base.Dispose(disposing);
    }

    private ConsulHandlerLife Enter()
    {
        lock (_lock)
        {
            _current.Enter();
            return _current;
        }
    }

    private void Replace(ConsulHandlerLife next)
    {
        ConsulHandlerLife before;
        lock (_lock)
        {
            before = _current;
            _current = next;
        }

        before.End();
    }
}
