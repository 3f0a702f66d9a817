using System.Net;
using System.Text;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>Calls that are made again send the same once more, whatever their body is made of.</summary>
public sealed class ReplayedBodyTests
{
    [Theory]
    [InlineData("empty")]
    [InlineData("bytes")]
    [InlineData("stream")]
    [InlineData("multipart")]
    [InlineData("chunked")]
    [InlineData("continue")]
    public async Task Second_attempt_sends_the_same_body_with_the_same_headers(string kind)
    {
        var bodies = new List<string>();
        await using var bench = new HttpBench(async (request, number, token) =>
        {
            bodies.Add(request.Content is null or EmptyRequestContent ? "" : await request.Content.ReadAsStringAsync(token));
            return await HttpBench.AnswerAsync(request, number == 1 ? 500 : 200);
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = Content(kind), Headers = { { "Idempotency-Key", "1" } } };
        request.Headers.TransferEncodingChunked = kind == "chunked" ? true : null;
        request.Headers.ExpectContinue = kind == "continue" ? true : null;

        using var answer = await bench.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, bodies.Count);
        Assert.Equal(bodies[0], bodies[1]);
        Assert.Equal(kind != "empty", bodies[0].Contains("the body", StringComparison.Ordinal));
        Assert.All(bench.Sent, sent => Assert.Equal(kind == "chunked" ? true : null, sent.Headers.TransferEncodingChunked));
        Assert.All(bench.Sent, sent => Assert.Equal(kind == "continue" ? true : null, sent.Headers.ExpectContinue));
        Assert.Equal(bench.Sent[0].Content?.Headers.ContentType, bench.Sent[1].Content?.Headers.ContentType);
        Assert.NotSame(bench.Sent[0], bench.Sent[1]);
    }

    private static HttpContent? Content(string kind) => kind switch
    {
        "empty" => null,
        "stream" => new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes("the body"))),
        "multipart" => new MultipartFormDataContent("border") { { new StringContent("the body"), "part" }, { new ByteArrayContent([65, 66]), "file", "a.bin" } },
        _ => new StringContent("the body"),
    };
}
