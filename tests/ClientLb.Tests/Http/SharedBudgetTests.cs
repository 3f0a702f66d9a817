using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.Http;

public sealed class SharedBudgetTests
{
    [Fact]
    public async Task All_clients_of_a_cluster_spend_one_budget()
    {
        await using var bench = new HttpBench(static (request, _, _) => HttpBench.AnswerAsync(request, 500), client: static client => client.Services.AddLoadBalancedHttpClient("stock"));
        (await bench.Client.GetAsync("/")).Dispose();
        Assert.Equal(8, bench.Cluster.Budget.Balance);

        (await bench.Factory.CreateClient("stock").GetAsync("http://orders/")).Dispose();

        Assert.Equal((6, 6.0), (bench.Sent.Count, bench.Cluster.Budget.Balance));
    }
}
