using ClientLb.Affinity;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Affinity;

public sealed class HashKeyOptionsTests
{
    private const string Path = "ClientLb:Clusters:orders:HashKey";

    [Fact]
    public void Calls_have_no_key_unless_it_is_said_where_it_comes_from()
    {
        var (options, errors) = Read();

        Assert.Empty(errors);
        Assert.Equal((HashKeySource.None, null, 0, 32, 128), (options.From, options.Name, options.TrustedHops, options.Prefix4, options.Prefix6));
    }

    [Fact]
    public void Everything_can_be_set()
    {
        var (options, errors) = Read(("From", "clientaddress"), ("TrustedHops", "2"), ("Prefix4", "24"), ("Prefix6", "64"), ("Name", "x"));

        Assert.Empty(errors);
        Assert.Equal((HashKeySource.ClientAddress, "x", 2, 24, 64), (options.From, options.Name, options.TrustedHops, options.Prefix4, options.Prefix6));
    }

    [Theory]
    [InlineData("Header")]
    [InlineData("Cookie")]
    [InlineData("QueryParameter")]
    public void Name_is_needed_where_something_is_looked_for_by_it(string from) =>
        Assert.Equal([$"{Path}:Name = (nothing): allowed is the name of a header, cookie or query parameter, because From is {from}."], Read(("From", from)).Errors);

    [Fact]
    public void Name_that_no_header_can_have_is_refused() =>
        Assert.Equal([$"{Path}:Name = 'X User': allowed is a name of letters, digits and !#$%&'*+-.^_`|~."], Read(("From", "Header"), ("Name", "X User")).Errors);

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var errors = Read(("From", "Moon"), ("TrustedHops", "-1"), ("Prefix4", "33"), ("Prefix6", "0")).Errors;

        Assert.Equal(4, errors.Count);
        Assert.Contains($"{Path}:From = 'Moon': allowed is one of None, Header, Cookie, QueryParameter, Path, PathAndQuery, ClientAddress, RequestOption.", errors);
        Assert.Contains($"{Path}:Prefix4 = '33': allowed is a whole number from 1 to 32.", errors);
    }

    private static (HashKeyOptions Options, IReadOnlyList<string> Errors) Read(params (string Key, string Value)[] values)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create($"{Path}:{pair.Key}", (string?)pair.Value))).Build();
        var (options, errors) = (new HashKeyOptions(), new SettingErrors());
        HashKeyOptions.Schema.Bind(configuration.GetSection(Path), options, errors);
        HashKeyOptions.Schema.Validate(Path, options, errors);
        return (options, errors.Messages);
    }
}
