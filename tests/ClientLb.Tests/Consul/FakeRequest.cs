using System.Globalization;
using System.Net;
using System.Text;

namespace ClientLb.Tests.Consul;

/// <summary>A request that waits for a test to answer it.</summary>
internal sealed class FakeRequest
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeRequest(HttpRequestMessage request, string? ambient, CancellationToken cancellationToken)
    {
        Message = request;
        Uri = request.RequestUri!;
        Token = request.Headers.TryGetValues("X-Consul-Token", out var tokens) ? tokens.Single() : null;
        HostHeader = request.Headers.Host;
        Ambient = ambient;
        if (request.Content is { } content)
        {
            using var reader = new StreamReader(content.ReadAsStream(cancellationToken));
            Body = reader.ReadToEnd();
        }

        cancellationToken.Register(() =>
        {
            _cancelled.TrySetResult();
            _response.TrySetCanceled(cancellationToken);
        });
    }

    public HttpRequestMessage Message { get; }

    public Uri Uri { get; }

    public string? Token { get; }

    public string? HostHeader { get; }

    public string? Ambient { get; }

    public string? Body { get; }

    /// <summary>Method and path, for what is no query.</summary>
    public string Command => $"{Message.Method} {Uri.PathAndQuery}";

    public string? Index => Parameter("index");

    public string? Wait => Parameter("wait");

    public bool IsStale => Uri.Query.EndsWith("stale", StringComparison.Ordinal);

    public bool IsConfirmed => Uri.Query.EndsWith("consistent", StringComparison.Ordinal);

    public bool IsPulse => Uri.AbsolutePath == "/v1/status/leader";

    public bool IsCancelled => _cancelled.Task.IsCompleted;

    public Task Cancelled => _cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public Task<HttpResponseMessage> Response => _response.Task;

    public void Answer(ulong? index, string body, bool hasLeader = true, int ageInMilliseconds = 0, Version? version = null)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        response.Version = version ?? HttpVersion.Version11;
        if (index is not null)
        {
            response.Headers.Add("X-Consul-Index", index.Value.ToString(CultureInfo.InvariantCulture));
        }

        response.Headers.Add("X-Consul-KnownLeader", hasLeader ? "true" : "false");
        response.Headers.Add("X-Consul-LastContact", ageInMilliseconds.ToString(CultureInfo.InvariantCulture));
        _response.TrySetResult(response);
    }

    public void Refuse(HttpStatusCode status, string text)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(text) };
        response.Headers.Add("X-Consul-Index", "1");
        _response.TrySetResult(response);
    }

    public void Throw(Exception exception) => _response.TrySetException(exception);

    private string? Parameter(string name) => Uri.Query.TrimStart('?').Split('&')
        .Where(p => p.StartsWith(name + "=", StringComparison.Ordinal)).Select(p => p[(name.Length + 1)..]).SingleOrDefault();
}
