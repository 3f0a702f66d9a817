using System.Net;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>Hash keys as a user sets them up: configuration, an <see cref="HttpClient"/> and a header.</summary>
public class HashKeyTests
{
    private const string Cluster = "ClientLb:Clusters:orders";
    private static readonly (string, string?) s_endpoints = (Cluster + ":Endpoints", "10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80, 10.0.0.4:80, 10.0.0.5:80");

    public static TheoryData<string> Hashing => ClientLb.Tests.Balancing.Policies.Hashing;

    [Theory]
    [MemberData(nameof(Hashing))]
    public async Task Calls_with_one_header_go_to_one_endpoint_in_every_process(string policy)
    {
        (string, string?)[] settings = [s_endpoints, (Cluster + ":Policy", policy), (Cluster + ":HashKey:From", "Header"), (Cluster + ":HashKey:Name", "X-User")];
        await using var one = new App(static services => services.AddLoadBalancedHttpClient("orders"), settings);
        await using var other = new App(static services => services.AddLoadBalancedHttpClient("orders"), settings);
        var owners = new Dictionary<string, string>();
        foreach (var user in Enumerable.Range(0, 40).Select(i => $"user-{i}"))
        {
            owners[user] = await AskAsync(one, user);
            Assert.Equal(owners[user], await AskAsync(one, user));
            Assert.Equal(owners[user], await AskAsync(other, user));
        }

        Assert.Equal(5, owners.Values.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public async Task Failing_endpoint_all_calls_of_a_key_are_repeated_at_the_same_other_one(string policy)
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"),
            s_endpoints, (Cluster + ":Policy", policy), (Cluster + ":HashKey:From", "Header"), (Cluster + ":HashKey:Name", "X-User"));
        var owner = await AskAsync(app, "ann");
        await using var failing = new App(static services => services.AddLoadBalancedHttpClient("orders", static o => o.Retry.BaseDelay = TimeSpan.Zero),
            s_endpoints, (Cluster + ":Policy", policy), (Cluster + ":HashKey:From", "Header"), (Cluster + ":HashKey:Name", "X-User"));
        failing.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory = endpoint => new StubHandler(failing.Sent, endpoint,
            endpoint.Authority == owner ? static _ => new HttpResponseMessage(HttpStatusCode.InternalServerError) : null);

        // Fewer than would eject it.
        var answers = new[] { await AskAsync(failing, "ann"), await AskAsync(failing, "ann"), await AskAsync(failing, "ann") };

        Assert.Single(answers.Distinct());
        Assert.NotEqual(owner, answers[0]);
        Assert.Equal([owner, answers[0], owner, answers[0], owner, answers[0]], failing.Sent.All.Select(sent => sent.Endpoint));
    }

    [Fact]
    public async Task Request_option_is_the_key_through_a_handler_that_is_not_ours_too()
    {
        await using var app = new App(static services => services.AddHttpClient("any").ConfigurePrimaryHttpMessageHandler(static () => new StubHandler(new SentRequests())).AddLoadBalancing(),
            s_endpoints, (Cluster + ":Policy", "maglev"), (Cluster + ":HashKey:From", "RequestOption"));
        var answers = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://orders/{i}");
            request.Options.Set(LoadBalancingRequestOptions.HashKey, "tenant-5");
            using var response = await app.Client("any").SendAsync(request);
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Single(answers);
    }

    [Fact]
    public void Key_without_the_name_that_it_needs_stops_the_start()
    {
        using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), s_endpoints, (Cluster + ":HashKey:From", "Header"));

        var error = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains(Cluster + ":HashKey:Name", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(App app, string user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/orders");
        request.Headers.Add("X-User", user);
        using var response = await app.Client("orders").SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
