using ClientLb.Consul.Registration;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Consul.Registration;

public class RegistrationNamesTests
{
    [Theory]
    [InlineData("Acme.Orders.Api", "acme-orders-api")]
    [InlineData("  Größe 2! ", "gr-e-2")]
    [InlineData("!!!", "")]
    public void Name_is_made_of_any_text(string text, string expected) => Assert.Equal(expected, RegistrationNames.From(text));

    [Fact]
    public void Name_that_was_made_is_valid_and_stays_as_it_is() =>
        Prop.ForAll<string?>(static text =>
        {
            var name = RegistrationNames.From(text ?? "");
            return (name.Length == 0 || RegistrationNames.IsName(name)) && RegistrationNames.From(name) == name;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("version", "2", true)]
    [InlineData("version", "", true)]
    [InlineData("", "2", false)]
    [InlineData("a.b", "2", false)]
    [InlineData("consul-x", "2", false)]
    public void Metadata_are_what_consul_takes(string name, string text, bool expected) => Assert.Equal(expected, RegistrationNames.IsMetadata(name, text));

    [Fact]
    public void Metadata_are_counted_in_bytes()
    {
        Assert.True(RegistrationNames.IsMetadata(new('a', 128), new('ö', 256)));
        Assert.False(RegistrationNames.IsMetadata(new('a', 129), "x"));
        Assert.False(RegistrationNames.IsMetadata("a", new('ö', 257)));
    }
}
