using ClientLb.Balancing;
using Moq;

namespace ClientLb.Tests.Balancing;

public sealed class LoadBalancingPoliciesTests
{
    private const string Known =
        "consistent_hash, least_connections, least_request, least_response_time, maglev, peak_ewma, pick_first, random, recall, rendezvous, round_robin, source_hash, "
        + "weighted_by_load, weighted_least_connections, weighted_round_robin";

    private readonly LoadBalancingPolicies _policies = new([]);

    [Fact]
    public void Policies_of_the_library_are_known_in_alphabetical_order() =>
        Assert.Equal(Known, string.Join(", ", _policies.Names));

    [Fact]
    public void Default_is_known() => Assert.True(_policies.TryGet(LoadBalancingPolicies.Default, out _, out _));

    [Theory]
    [InlineData("round_robin")]
    [InlineData("Round_Robin")]
    [InlineData("ROUND_ROBIN")]
    public void Case_does_not_matter(string name)
    {
        Assert.True(_policies.TryGet(name, out var policy, out var error));
        Assert.IsType<RoundRobinPolicy>(policy);
        Assert.Null(error);
    }

    [Theory]
    [InlineData("RoundRobin", "round_robin")]
    [InlineData("least-request", "least_request")]
    [InlineData("LeastRequests", "least_request")]
    [InlineData("peak_emwa", "peak_ewma")]
    public void Unknown_name_is_answered_with_the_known_ones_and_the_one_that_was_meant(string name, string meant)
    {
        Assert.False(_policies.TryGet(name, out var policy, out var error));
        Assert.Null(policy);
        Assert.Equal(
            $"There is no load-balancing policy '{name}'. Did you mean '{meant}'? Known: {Known}.", error);
    }

    [Theory]
    [InlineData("fastest_first")]
    [InlineData("")]
    [InlineData(null)]
    public void Name_that_is_like_no_other_is_answered_with_the_known_ones(string? name)
    {
        Assert.False(_policies.TryGet(name, out _, out var error));
        Assert.Equal($"There is no load-balancing policy '{name}'. Known: {Known}.", error);
    }

    [Fact]
    public void Registered_policy_is_found_and_listed()
    {
        var mine = Named("my_policy");
        var policies = new LoadBalancingPolicies([mine]);

        Assert.True(policies.TryGet("My_Policy", out var policy, out _));
        Assert.Same(mine, policy);
        Assert.Contains("my_policy", policies.Names);
    }

    [Fact]
    public void Registered_policy_replaces_one_of_the_same_name_and_the_last_one_counts()
    {
        var last = Named("Random");
        var policies = new LoadBalancingPolicies([Named("random"), last]);

        Assert.True(policies.TryGet("random", out var policy, out _));
        Assert.Same(last, policy);
        Assert.Equal(_policies.Names.Count, policies.Names.Count);
    }

    [Fact]
    public void Policy_without_a_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => new LoadBalancingPolicies([Named(" ")]));

    private static ILoadBalancingPolicy Named(string name) => Mock.Of<ILoadBalancingPolicy>(policy => policy.Name == name);
}
