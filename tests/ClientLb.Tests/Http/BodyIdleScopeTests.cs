using System.Net;
using System.Net.Http.Headers;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>Which bodies have a limit on their silence.</summary>
public sealed class BodyIdleScopeTests
{
    [Theory]
    [InlineData("application/json", 2, true)]
    [InlineData("application/grpc", 2, false)]
    [InlineData("application/grpc+proto", 2, false)]
    [InlineData("Application/gRPC", 2, false)]
    [InlineData("application/grpcish", 2, true)]
    [InlineData("application/json", 1, true)]
    public async Task Streams_of_grpc_may_be_silent(string type, int version, bool isLimited)
    {
        await using var bench = new HttpBench((request, _, _) =>
        {
            var content = new StringContent("body");
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request, Version = new Version(version, 0) });
        });

        using var answer = await bench.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(isLimited, Assert.IsType<LeasedContent>(answer.Content).Timeout is not null);
    }
}
