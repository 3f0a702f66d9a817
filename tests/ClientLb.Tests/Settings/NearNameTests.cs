using ClientLb.Settings;

namespace ClientLb.Tests.Settings;

public class NearNameTests
{
    [Theory]
    [InlineData("oders", "orders")]
    [InlineData("ordesr", "orders")]
    [InlineData("ORDERS1", "orders")]
    [InlineData("orders", "orders")]
    [InlineData("payment", "payments")]
    [InlineData("or", null)]
    [InlineData("a", null)]
    [InlineData("elephant", null)]
    public void Find_name_within_two_mistakes(string given, string? expected) =>
        Assert.Equal(expected, NearName.Find(given, ["payments", "orders"]));

    [Fact]
    public void Find_several_are_near_the_nearest_is_meant() => Assert.Equal("orders", NearName.Find("orderz", ["border", "rider", "orders"]));
}
