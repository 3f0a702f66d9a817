using System.Net;
using ClientLb.Calls;

namespace ClientLb.Tests.Http;

/// <summary>All hops of a redirected call share its time.</summary>
public sealed class RedirectTimeTests
{
    [Fact]
    public async Task Redirects_without_end_have_no_more_time_than_one_call()
    {
        // Each hop alone is well within its time: only together they are too long.
        await using var bench = new HttpBench(
            static async (request, number, token) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), token);
                var answer = new HttpResponseMessage(HttpStatusCode.Redirect) { RequestMessage = request };
                answer.Headers.Location = new Uri($"/{number}", UriKind.Relative);
                return answer;
            },
            static options =>
            {
                options.MaxRedirects = 1000;
                options.Timeouts.Call = options.Timeouts.Attempt = TimeSpan.FromSeconds(2);
            });

        var error = await Assert.ThrowsAsync<CallFailedException>(() => bench.Client.GetAsync("/"));

        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.InRange(bench.Sent.Count, 1, 100);
    }
}
