using System.Net;
using ClientLb.Endpoints;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>Stands for the sockets: of one endpoint, or of a user's own primary handler.</summary>
internal sealed class StubHandler(SentRequests sent, Endpoint? endpoint = null, Func<HttpRequestMessage, HttpResponseMessage>? answer = null) : HttpMessageHandler
{
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        sent.Add(request, endpoint?.Authority ?? "");
        return answer?.Invoke(request) ?? sent.Answer?.Invoke(sent.All.Count) ?? new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Content = new StringContent(endpoint?.Authority ?? request.RequestUri!.Authority),
        };
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(Send(request, cancellationToken));
}
