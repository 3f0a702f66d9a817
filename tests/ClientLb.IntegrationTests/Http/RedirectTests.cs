using System.Net;
using System.Net.Http.Headers;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

public class RedirectTests
{
    [Fact]
    public async Task Redirect_to_the_service_itself_is_a_new_pick()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("around", backends.Select(BalancedApp.Descriptor), clusterOptions: static o => o.Policy = "round_robin");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/redirect/302?to=/arrived");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        using var response = await app.Client.SendAsync(request);

        Assert.Equal("http://around/arrived", response.RequestMessage!.RequestUri!.AbsoluteUri);
        Assert.Equal(["/redirect/302", "/arrived"], backends.Requests.Select(static r => r.Path).OrderDescending());
        Assert.All(backends, static b => Assert.Equal("Bearer secret", Assert.Single(b.Requests).Headers["Authorization"]));
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Redirect_to_a_foreign_host_leaves_credentials_behind()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var foreign = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("outward", backends);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/redirect/307?to=http://{foreign[0].Authority}/foreign");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        using var response = await app.Client.SendAsync(request);

        Assert.Equal(foreign[0].Authority, await response.Content.ReadAsStringAsync());
        var seen = Assert.Single(foreign.Requests);
        Assert.Equal("/foreign", seen.Path);
        Assert.Equal(foreign[0].Authority, seen.Host);
        Assert.DoesNotContain("Authorization", seen.Headers.Keys);
    }

    [Fact]
    public async Task Redirect_that_keeps_the_method_sends_the_body_again()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("again", backends);
        using var response = await app.Client.PostAsync("/redirect/307?to=/echo", new StringContent("body"));

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Redirects_that_are_not_wanted_are_the_answer()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("stay", backends.Select(BalancedApp.Descriptor), static o => o.MaxRedirects = 0);
        using var response = await app.Client.GetAsync("/redirect/301?to=/elsewhere");

        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
    }

    [Fact]
    public async Task Cookie_of_one_endpoint_is_sent_to_the_others()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("cookies", backends.Select(BalancedApp.Descriptor), clusterOptions: static o => o.Policy = "round_robin");
        using var set = await app.Client.GetAsync("/cookie/session/42");
        using var first = await app.Client.GetAsync("/read");
        using var second = await app.Client.GetAsync("/read");

        var reads = backends.Select(static b => b.Requests.Single(static r => r.Path == "/read"));
        Assert.All(reads, static r => Assert.Equal("session=42", r.Headers["Cookie"]));
    }

    [Fact]
    public async Task Host_that_is_no_cluster_is_called_as_it_is()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var foreign = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("through", backends);

        Assert.Equal(foreign[0].Authority, await app.Client.GetStringAsync($"http://{foreign[0].Authority}/"));
        Assert.Empty(backends.Requests);
    }
}
