using System.Net;
using System.Text;
using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>Checks by a request over HTTP/1.1: in clear over a bare socket, over TLS with the process's own handler.</summary>
internal sealed class HttpCheck : IEndpointCheck
{
    private readonly HealthCheckOptions _options;
    private readonly HttpExpectation _expectation;
    private readonly HttpMethod _method;
    private readonly string _host;
    private readonly byte[] _request;
    private readonly HttpMessageInvoker _overTls;

    /// <param name="options">The options.</param>
    /// <param name="cluster">The name that calls to the cluster are sent under.</param>
    /// <param name="overTls">What sends over TLS; the process's own client if none is given.</param>
    public HttpCheck(HealthCheckOptions options, string cluster, HttpMessageInvoker? overTls = null)
    {
        _options = options;
        _overTls = overTls ?? ProbeHandler.Shared;
        _expectation = new HttpExpectation(options);
        _method = HttpMethod.Parse(options.Method);
        _host = options.Host ?? cluster;
        Name = $"{options.Method} {options.Path}";
        var length = options.Method is "POST" or "PUT" or "PATCH" ? "Content-Length: 0\r\n" : "";
        _request = Encoding.ASCII.GetBytes(
            $"{options.Method} {options.Path} HTTP/1.1\r\nHost: {_host}\r\nUser-Agent: ClientLb\r\nAccept: */*\r\n{length}Connection: close\r\n\r\n");
    }

    public string Name { get; }

    public ValueTask<CheckFinding> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var port = _options.Port == 0 ? endpoint.Port : _options.Port;
        return _options.Tls
            ? OverTlsAsync(EndpointDescriptor.Authority(endpoint.Host, port), cancellationToken)
            : PlainExchange.RunAsync(endpoint.Host, port, _request, _expectation, cancellationToken);
    }

    public void Forget(Endpoint endpoint)
    {
    }

    public void Dispose()
    {
    }

    private async ValueTask<CheckFinding> OverTlsAsync(string authority, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(_method, $"https://{authority}{_options.Path}")
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        // Also the name in SNI and in the certificate.
        request.Headers.Host = _host;
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "ClientLb");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        using var connection = new ProbeConnection(cancellationToken);
        connection.AddTo(request);
        try
        {
            return await AskAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!connection.IsMade)
        {
            return CheckFinding.NoConnection;
        }
    }

    private async ValueTask<CheckFinding> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _overTls.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        if (!_expectation.WantsBody(status))
        {
            return _expectation.Judge(status, default);
        }

        var body = await LimitedBody.ReadAsync(response.Content, HttpExpectation.MaxBody, cancellationToken).ConfigureAwait(false);
        return _expectation.Judge(status, body.Span);
    }
}
