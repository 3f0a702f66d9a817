using System.Collections.Concurrent;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>What reached the handlers, as it was on the wire.</summary>
internal sealed class SentRequests
{
    private readonly ConcurrentQueue<(string Uri, string? Host, string Endpoint)> _all = new();

    public IReadOnlyCollection<(string Uri, string? Host, string Endpoint)> All => _all;

    /// <summary>What is answered, by the number of the request; the name of the endpoint where there is none.</summary>
    public Func<int, HttpResponseMessage>? Answer { get; set; }

    public void Add(HttpRequestMessage request, string endpoint) => _all.Enqueue((request.RequestUri!.ToString(), request.Headers.Host, endpoint));
}
