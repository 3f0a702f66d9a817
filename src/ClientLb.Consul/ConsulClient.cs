using System.Globalization;
using System.Net;
using System.Text.Json.Serialization.Metadata;
using System.Text.Json;
using ClientLb.Consul.Wire;
using ClientLb.Discovery;

namespace ClientLb.Consul;

/// <summary>
/// The agent's HTTP API, as far as watches and registrations need it. Fails with a <see cref="DiscoveryException"/> only, or with the caller's token.
/// </summary>
internal sealed class ConsulClient(HttpMessageHandler handler, ConsulOptions options, TimeProvider timeProvider) : IConsulTransport, IDisposable
{
    /// <summary>How long an answer may take that Consul does not hold back on purpose. Without a leader it is held for 7 s.</summary>
    public static readonly TimeSpan Allowance = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _invoker = new(handler);
    private bool _isMultiplexed;

    /// <summary>Whether the last answer came over a connection that carries many requests at once.</summary>
    public bool IsMultiplexed
    {
        get => Volatile.Read(ref _isMultiplexed);
        private set => Volatile.Write(ref _isMultiplexed, value);
    }

    /// <summary>Asks for the instances. With an index the answer is held until there is another one or the time is over.</summary>
    public async Task<ConsulAnswer> QueryAsync(
        Uri agent, ConsulQuery query, ulong index, TimeSpan wait, ConsulConsistency consistency, CancellationToken cancellationToken, Action? opening = null)
    {
        if (query.PollInterval is not null)
        {
            return await GetAsync(
                new Uri(agent, query.PathOf(0, wait, consistency)), WireJson.Default.WirePrepared, Allowance,
                static (headers, prepared) => Answer(headers, prepared?.Nodes) with
                {
                    Failover = prepared is { Failovers: > 0 } ? prepared.Datacenter ?? "" : null,
                },
                cancellationToken, opening).ConfigureAwait(false);
        }

        // The server adds up to a sixteenth so that its clients do not come back together.
        var deadline = index == 0 ? Allowance : (wait * 17 / 16) + Allowance;
        return await GetAsync(
            new Uri(agent, query.PathOf(index, wait, consistency)), WireJson.Default.ListWireEntry, deadline,
            Answer, cancellationToken, opening).ConfigureAwait(false);
    }

    /// <summary>Asks who leads: an address, or an empty text for nobody.</summary>
    public Task<string> LeaderAsync(Uri agent, TimeSpan deadline, CancellationToken cancellationToken) =>
        GetAsync(new Uri(agent, "v1/status/leader"), WireJson.Default.String, deadline, static (_, leader) => leader ?? "", cancellationToken);

    public void Dispose() => _invoker.Dispose();

    /// <summary>Sends what is no query, with a JSON body if there is one. False means that the agent knows no such thing (404).</summary>
    public Task<bool> SendAsync(HttpMethod method, Uri uri, byte[]? json, TimeSpan deadline, CancellationToken cancellationToken) =>
        ExchangeAsync(
            uri, deadline,
            request =>
            {
                request.Method = method;
                request.Content = json is null ? null : new ByteArrayContent(json) { Headers = { ContentType = new("application/json") } };
            },
            async (response, token) =>
            {
                if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound)
                {
                    return response.StatusCode == HttpStatusCode.OK;
                }

                throw ConsulFailure.Of(uri, response.StatusCode, await response.Content.ReadAsStringAsync(token).ConfigureAwait(false));
            },
            cancellationToken);

    private Task<TResult> GetAsync<TBody, TResult>(
        Uri uri, JsonTypeInfo<TBody> type, TimeSpan deadline, Func<System.Net.Http.Headers.HttpResponseHeaders, TBody?, TResult> create,
        CancellationToken cancellationToken, Action? opening = null) =>
        ExchangeAsync(
            uri, deadline,
            request =>
            {
                if (opening is not null)
                {
                    request.Options.Set(ConsulConnections.Opening, opening);
                }
            },
            async (response, token) =>
            {
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    var text = await response.Content.ReadAsStringAsync(token).ConfigureAwait(false);
                    throw ConsulFailure.Of(uri, response.StatusCode, text);
                }

                var stream = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    return create(response.Headers, await JsonSerializer.DeserializeAsync(stream, type, token).ConfigureAwait(false));
                }
            },
            cancellationToken);

    private async Task<TResult> ExchangeAsync<TResult>(
        Uri uri, TimeSpan deadline, Action<HttpRequestMessage> prepare, Func<HttpResponseMessage, CancellationToken, Task<TResult>> read,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(deadline, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = await CreateRequestAsync(uri, either.Token).ConfigureAwait(false);
            prepare(request);
            using var response = await _invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            IsMultiplexed = response.Version.Major >= 2;
            return await read(response, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e)
        {
            throw limit.IsCancellationRequested
                ? ConsulFailure.NoAnswer(uri, deadline, e)
                : ConsulFailure.NoConnection(uri, options.ConnectTimeout, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or JsonException)
        {
            throw ConsulFailure.Of(uri, e);
        }
    }

    private async Task<HttpRequestMessage> CreateRequestAsync(Uri uri, CancellationToken cancellationToken)
    {
        var token = options.Token ?? (options.TokenFile is null
            ? null
            : (await File.ReadAllTextAsync(options.TokenFile, cancellationToken).ConfigureAwait(false)).Trim());
        var request = new HttpRequestMessage(HttpMethod.Get, uri)
        {
            // Over TLS agents speak HTTP/2: any number of watches on one connection. Without TLS this means HTTP/1.1.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (!string.IsNullOrEmpty(token))
        {
            request.Headers.TryAddWithoutValidation("X-Consul-Token", token);
        }

        if (options.TlsServerName is not null && uri.Scheme == Uri.UriSchemeHttps)
        {
            // The handler checks the certificate against the Host header.
            request.Headers.Host = options.TlsServerName;
        }

        return request;
    }

    private static ConsulAnswer Answer(System.Net.Http.Headers.HttpResponseHeaders headers, List<WireEntry?>? entries) => new(
        entries ?? [], Number(headers, "X-Consul-Index"), First(headers, "X-Consul-KnownLeader") != "false",
        TimeSpan.FromMilliseconds(Math.Min(Number(headers, "X-Consul-LastContact"), uint.MaxValue)));

    private static string? First(System.Net.Http.Headers.HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static ulong Number(System.Net.Http.Headers.HttpResponseHeaders headers, string name) =>
        ulong.TryParse(First(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
