using System.Collections.Concurrent;
using System.Net.Http.Json;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Http;

/// <summary>Calls that must not be repeated reach the servers at most once, however their connections end.</summary>
public class NeverTwiceTests(ITestOutputHelper output)
{
    private const int Calls = 10_000;
    private const string Key = "Idempotency-Key";

    private static readonly HttpMethod[] s_methods = [HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete];

    [Fact]
    public async Task Unsafe_calls_over_breaking_connections_are_seen_at_most_once()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var first = new FaultyServer(seen, 0.15, 1);
        await using var second = new FaultyServer(seen, 0.15, 2);
        await using var third = new FaultyServer(seen, 0.15, 3);
        await using var app = BalancedApp.To("unsafe",
        [
            new(LoopbackAddress.Next(), 9),
            .. new[] { first, second, third }.Select(static s => new EndpointDescriptor(s.Address.Address.ToString(), s.Address.Port)),
        ]);
        var outcomes = new ConcurrentDictionary<string, int>();

        await Parallel.ForEachAsync(Enumerable.Range(0, Calls), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancellationToken) =>
        {
            var outcome = await CallAsync(app.Client, i, cancellationToken);
            outcomes.AddOrUpdate((HasKey(i) ? "key: " : "") + outcome, 1, static (_, n) => n + 1);
        });

        output.WriteLine(string.Join('\n', outcomes.OrderBy(static o => o.Key).Select(static o => $"{o.Key}: {o.Value}")));
        var connections = first.Connections + second.Connections + third.Connections;
        var requests = first.Requests + second.Requests + third.Requests;
        output.WriteLine($"{requests} requests over {connections} connections");
        Assert.All(seen.Where(static s => !HasKey(IdOf(s.Key))), static s => Assert.Equal(1, s.Value));

        // The test itself works: connections are reused and break, some calls fail for it, those with a key are repeated and succeed.
        Assert.InRange(connections, 500, requests * 2 / 3);
        Assert.Contains(seen, static s => s.Value > 1);
        Assert.InRange(outcomes[nameof(CallFailureReason.NotRepeatable)], 100, Calls / 4);
        Assert.True(outcomes["key: ok"] > 0.95 * Enumerable.Range(0, Calls).Count(HasKey));
        Assert.DoesNotContain(outcomes.Keys, static o => o.StartsWith("wrong", StringComparison.Ordinal));
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Unsafe_calls_with_hedges_deadlines_and_cancellations_in_play_are_seen_at_most_once()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var first = new FaultyServer(seen, 0.1, 6);
        await using var second = new FaultyServer(seen, 0.1, 7);
        await using var third = new FaultyServer(seen, 0.1, 8);
        await using var app = BalancedApp.To("hedged",
        [
            new(LoopbackAddress.Next(), 9),
            .. new[] { first, second, third }.Select(static s => new EndpointDescriptor(s.Address.Address.ToString(), s.Address.Port)),
        ], static o => o.Hedging.Delay = TimeSpan.FromMilliseconds(1));
        var outcomes = new ConcurrentDictionary<string, int>();

        await Parallel.ForEachAsync(Enumerable.Range(0, Calls), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancellationToken) =>
        {
            // Of each seven calls one has a deadline and one a caller that gives up, both after some milliseconds.
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (i % 7 == 1)
            {
                giveUp.CancelAfter(TimeSpan.FromMilliseconds(i % 11));
            }

            string outcome;
            try
            {
                outcome = await CallAsync(app.Client, i, giveUp.Token, i % 7 == 2 ? TimeSpan.FromMilliseconds(i % 13) : null);
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                outcome = "cancelled";
            }

            outcomes.AddOrUpdate((HasKey(i) ? "key: " : "") + outcome, 1, static (_, n) => n + 1);
        });

        output.WriteLine(string.Join('\n', outcomes.OrderBy(static o => o.Key).Select(static o => $"{o.Key}: {o.Value}")));
        Assert.All(seen.Where(static s => !HasKey(IdOf(s.Key))), static s => Assert.Equal(1, s.Value));

        // All of it was in play: calls with a key are hedged and repeated, some are given up, some have no time left.
        Assert.Contains(seen, static s => s.Value > 1);
        Assert.Contains(outcomes.Keys, static o => o.EndsWith("cancelled", StringComparison.Ordinal));
        Assert.Contains(outcomes.Keys, static o => o.EndsWith(nameof(CallFailureReason.DeadlineExceeded), StringComparison.Ordinal));
        Assert.True(outcomes["ok"] > Calls / 3);
        await app.NothingInFlightAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Unsafe_call_that_the_server_aborts_is_not_repeated(int version)
    {
        await using var backends = await BackendGroup.StartAsync(2, version == 1 ? HttpProtocols.Http1 : HttpProtocols.Http2);
        await using var app = BalancedApp.To($"aborted-{version}", backends);
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), async (i, cancellationToken) =>
        {
            using var request = new HttpRequestMessage(s_methods[i % 4], $"/abort/{i}")
            {
                Version = new(version, version == 1 ? 1 : 0),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = Content(i / 4 % 7),
            };
            var failure = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.SendAsync(request, cancellationToken));
            Assert.Equal(CallFailureReason.NotRepeatable, failure.Reason);
        });

        Assert.Equal(100, backends.Requests.Select(static r => r.Path).Distinct().Count());
        Assert.Equal(100, backends.Requests.Count());
    }

    [Fact]
    public async Task Unsafe_calls_with_a_body_through_a_handler_of_the_users_are_seen_at_most_once()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var first = new FaultyServer(seen, 0.15, 4);
        await using var second = new FaultyServer(seen, 0.15, 5);
        await using var app = BalancedApp.Through("rewritten",
        [
            new(LoopbackAddress.Next(), 9),
            .. new[] { first, second }.Select(static s => new EndpointDescriptor(s.Address.Address.ToString(), s.Address.Port)),
        ]);
        var succeeded = 0;

        // Without a body SocketsHttpHandler itself may send a call again, below the balancer.
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000).Where(static i => i / 4 % 7 > 3), async (i, cancellationToken) =>
        {
            if (await CallAsync(app.Client, i, cancellationToken) == "ok")
            {
                Interlocked.Increment(ref succeeded);
            }
        });

        Assert.All(seen.Where(static s => !HasKey(IdOf(s.Key))), static s => Assert.Equal(1, s.Value));
        Assert.True(succeeded > 500, $"{succeeded} succeeded");
    }

    private static bool HasKey(int id) => id % 5 == 0;

    private static int IdOf(string path) => int.Parse(path.AsSpan(1));

    private static async Task<string> CallAsync(HttpClient client, int id, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        using var request = new HttpRequestMessage(s_methods[id % 4], $"http://{client.BaseAddress!.Host}/{id}") { Content = Content(id / 4 % 7) };
        if (deadline is { } time)
        {
            request.Options.Set(LoadBalancingRequestOptions.Deadline, time);
        }

        if (HasKey(id))
        {
            request.Headers.Add(Key, $"call-{id}");
        }

        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken);
            return answer == $"/{id}" ? "ok" : $"wrong: {answer} to {id}";
        }
        catch (CallFailedException e)
        {
            return e.Reason.ToString();
        }
        catch (HttpRequestException)
        {
            return "broken body";
        }
    }

    private static HttpContent? Content(int kind) => kind switch
    {
        0 or 1 => null,
        2 => new StringContent("text"),
        3 => new StringContent(""),
        4 => new StreamContent(new MemoryStream(new byte[20_000])),
        5 => JsonContent.Create(new { Number = 1 }),
        _ => new StreamContent(new UnseekableStream(5_000)),
    };
}
