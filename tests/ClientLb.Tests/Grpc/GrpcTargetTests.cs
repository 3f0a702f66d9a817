using ClientLb.Grpc;

namespace ClientLb.Tests.Grpc;

public class GrpcTargetTests
{
    [Theory]
    [InlineData("consul:///orders", "orders", "")]
    [InlineData("clientlb:///orders?dc=dc2", "orders", "?dc=dc2")]
    [InlineData("consul:///orders?tag=blue&tag=a%26b&dc=dc2", "orders", "?dc=dc2&tag=a&b&tag=blue")]
    [InlineData("consul:///orders?subset=version:v2", "orders", "?subset=version:v2")]
    public void Address_names_a_cluster_and_a_part_of_it(string address, string cluster, string selection)
    {
        var target = GrpcTarget.Parse(new Uri(address));

        Assert.Equal((cluster, selection), (target.Cluster, target.Selection.ToString()));
    }

    [Theory]
    [InlineData("consul:///orders?dc=dc2", "orders")]
    [InlineData("consul:///_grpc.orders", "orders")]
    [InlineData("clientlb:///orders.svc", "orders.svc")]
    public void Calls_are_sent_for_the_service(string address, string host) => Assert.Equal(host, GrpcTarget.Parse(new Uri(address)).Host);

    [Theory]
    [InlineData("consul://orders", "consul:///orders")]
    [InlineData("consul:///", "consul:///orders")]
    [InlineData("consul:///orders?zone=a", "zone=a")]
    [InlineData("consul:///orders?subset=v2", "subset=KEY:VALUE")]
    [InlineData("consul:///orders?dc=", "dc=NAME")]
    public void Mistake_in_an_address_is_named_with_what_is_allowed(string address, string hint) =>
        Assert.Contains(hint, Assert.Throws<ArgumentException>(() => GrpcTarget.Parse(new Uri(address))).Message, StringComparison.Ordinal);
}
