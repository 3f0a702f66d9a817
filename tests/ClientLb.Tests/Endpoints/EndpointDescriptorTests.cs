using ClientLb.Endpoints;

namespace ClientLb.Tests.Endpoints;

public sealed class EndpointDescriptorTests
{
    [Theory]
    [InlineData("10.0.0.1", 80, "10.0.0.1:80")]
    [InlineData("orders.internal", 65535, "orders.internal:65535")]
    [InlineData("fe80::1", 443, "[fe80::1]:443")]
    public void Id_is_the_authority_unless_it_is_given(string host, int port, string expected)
    {
        Assert.Equal(expected, new EndpointDescriptor(host, port).Id);
        Assert.Equal("node-7", new EndpointDescriptor(host, port) { Id = "node-7" }.Id);
    }

    [Theory]
    [InlineData("", 80)]
    [InlineData(" ", 80)]
    [InlineData("a", 0)]
    [InlineData("a", -1)]
    [InlineData("a", 65536)]
    public void Impossible_address_is_refused(string host, int port) =>
        Assert.ThrowsAny<ArgumentException>(() => new EndpointDescriptor(host, port));

    [Fact]
    public void Descriptors_with_equal_parts_are_equal()
    {
        Assert.Equal(Full(), Full());
        Assert.Equal(Full().GetHashCode(), Full().GetHashCode());
    }

    [Fact]
    public void Descriptors_that_differ_in_one_part_differ()
    {
        EndpointDescriptor[] others =
        [
            new("b", 80), new("a", 81), Full() with { Id = "x" }, Full() with { Weight = 2 }, Full() with { Priority = 1 },
            Full() with { Locality = new Locality("eu", "b") }, Full() with { Status = RegistryStatus.Warning },
            Full() with { Metadata = EndpointMetadata.From([KeyValuePair.Create("v", "2")]) },
        ];

        Assert.All(others, other => Assert.NotEqual(Full(), other));
    }

    [Theory]
    [InlineData(1, RegistryStatus.Passing, false)]
    [InlineData(1, RegistryStatus.Critical, false)]
    [InlineData(0, RegistryStatus.Passing, true)]
    [InlineData(-1, RegistryStatus.Passing, true)]
    [InlineData(1, RegistryStatus.Maintenance, true)]
    public void Weight_zero_and_maintenance_drain(int weight, RegistryStatus status, bool expected) =>
        Assert.Equal(expected, new EndpointDescriptor("a", 80) { Weight = weight, Status = status }.IsDraining);

    private static EndpointDescriptor Full() => new("a", 80)
    {
        Locality = new Locality("eu", "a"),
        Metadata = EndpointMetadata.From([KeyValuePair.Create("v", "1")]),
    };
}
