using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Discovery;

public class ConfigurationEndpointSourceTests
{
    private const string Endpoints = "ClientLb:Clusters:orders:Endpoints";

    private readonly ListLogger<ConfigurationEndpointSource> _logger = new();
    private readonly VirtualTime _time = new();

    [Fact]
    public async Task List_of_objects_is_read_with_everything_in_it()
    {
        var update = await FirstAsync(
            ("0:Address", "http://a:8080"), ("0:Weight", "0"), ("0:Priority", "2"), ("0:Zone", "z1"), ("0:Region", "eu"), ("0:Id", "first"),
            ("0:Metadata:version", "2"), ("0:Metadata:team:name", "x"),
            ("1:Address", "b"), ("1:Port", "81"),
            ("2:Address", "c:82"), ("2:Enabled", "false"));

        Assert.Equal(
            [
                new("a", 8080)
                {
                    Id = "first", Weight = 0, Priority = 2, Locality = new("eu", "z1"),
                    Metadata = EndpointMetadata.From([new("version", "2"), new("team:name", "x"), new("scheme", "http")]),
                },
                new EndpointDescriptor("b", 81),
            ],
            update.Endpoints);
    }

    [Fact]
    public async Task Map_gives_its_keys_as_ids()
    {
        var update = await FirstAsync(("blue:Address", "a:1"), ("green", "b:2"));

        Assert.Equal([new("a", 1) { Id = "blue" }, new EndpointDescriptor("b", 2) { Id = "green" }], update.Endpoints);
    }

    [Theory]
    [InlineData("0", "a:1", "1", "b:2")]
    [InlineData("", "a:1, b:2", "", "a:1, b:2")]
    public async Task Plain_addresses_are_enough(string key1, string value1, string key2, string value2)
    {
        var update = await FirstAsync([.. new[] { (key1, (string?)value1), (key2, value2) }.Distinct()]);

        Assert.Equal([new("a", 1), new EndpointDescriptor("b", 2)], update.Endpoints);
    }

    [Fact]
    public async Task Plain_address_takes_settings_from_below_it()
    {
        var update = await FirstAsync(("0", "a:1"), ("0:Weight", "0"));

        Assert.Equal([new EndpointDescriptor("a", 1) { Weight = 0 }], update.Endpoints);
    }

    [Fact]
    public void Every_mistake_is_named_with_its_key_and_value()
    {
        var errors = new SettingErrors();
        ConfigurationEndpointSource.Validate(
            Configuration(
                ("0:Address", "not a host!:1"), ("1:Address", "b"), ("2:Weight", "65536"), ("2:Address", "c:1"), ("3:Adress", "d:1"),
                ("4:Address", "e:1"), ("4:Port", "2"), ("5", "f:0"), ("6:Address", "C:1"), ("7:Enabled", "perhaps"), ("7:Address", "g:1"),
                ("8:Address", "h:1"), ("8:Weight", "-1"), ("9:Address", "i:1"), ("9:Id", "h:1")).Root,
            errors);

        Assert.Equal(11, errors.Messages.Count);
        AssertOne(errors, Endpoints + ":0:Address = 'not a host!:1'");
        AssertOne(errors, Endpoints + ":1:Address = 'b'", "port is missing");
        AssertOne(errors, Endpoints + ":2:Weight = '65536'", "0 to 65535");
        AssertOne(errors, Endpoints + ":3:Adress = 'd:1'", "did you mean Address?");
        AssertOne(errors, Endpoints + ":3:Address = (nothing)");
        AssertOne(errors, Endpoints + ":4:Port = 2", "which " + Endpoints + ":4:Address says");
        AssertOne(errors, Endpoints + ":5 = 'f:0'");
        AssertOne(errors, Endpoints + ":6:Address = 'C:1'", Endpoints + ":2:Address has it too");
        AssertOne(errors, Endpoints + ":7:Enabled = 'perhaps'", "true or false");
        AssertOne(errors, Endpoints + ":8:Weight = '-1'");
        AssertOne(errors, Endpoints + ":9:Id = 'h:1'", Endpoints + ":8 has it too");
    }

    [Fact]
    public void Address_twice_is_a_mistake_even_where_one_is_switched_off()
    {
        var errors = new SettingErrors();
        ConfigurationEndpointSource.Validate(Configuration(("0", "a:1"), ("1:Address", "a:1"), ("1:Enabled", "false")).Root, errors);

        AssertOne(errors, Endpoints + ":1:Address = 'a:1'", Endpoints + ":0 has it too");
    }

    [Fact]
    public void Serves_what_has_endpoints()
    {
        var source = Source(Configuration(("0", "a:1")));

        Assert.True(source.Serves(new("ORDERS")));
        Assert.False(source.Serves(new("stock")));
    }

    [Fact]
    public async Task First_list_with_mistakes_is_an_error()
    {
        await using var reader = Read(Configuration(("0", "a:0"), ("1", "b:x")));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(reader.NextAsync);

        Assert.Equal(2, error.Failures.Count());
    }

    [Fact]
    public async Task Reload_publishes_what_has_changed_and_nothing_else()
    {
        var configuration = Configuration(("0", "a:1"));
        await using var reader = Read(configuration);
        await reader.NextAsync();

        await configuration.ListeningAsync();
        configuration.Reload((Endpoints + ":0", "a:1"), ("Something:Else", "1"));
        await configuration.ListeningAsync();
        configuration.Reload((Endpoints + ":0", "a:1"), (Endpoints + ":1", "b:2"));
        var update = await reader.NextAsync();

        Assert.Equal(UpdateFreshness.Fresh, update.Freshness);
        Assert.Equal(["a:1", "b:2"], update.Endpoints.Select(static e => e.Id));
        Assert.False(reader.HasMore);
    }

    [Fact]
    public async Task Bad_reloads_keep_the_last_good_list_until_a_good_one()
    {
        var configuration = Configuration(("0", "a:1"));
        await using var reader = Read(configuration);
        var first = await reader.NextAsync();

        configuration.Reload((Endpoints + ":0", "a:bad"));
        var bad = await reader.NextAsync();
        configuration.Reload((Endpoints + ":0", "a:worse"));
        var worse = await reader.NextAsync();
        configuration.Reload((Endpoints + ":0", "a:2"));
        var good = await reader.NextAsync();

        Assert.Same(first.Endpoints, bad.Endpoints);
        Assert.Contains("a:bad", bad.Error!.Message, StringComparison.Ordinal);
        Assert.Same(first.Endpoints, worse.Endpoints);
        Assert.Equal(["a:2"], good.Endpoints.Select(static e => e.Id));
        Assert.Null(good.Error);
        Assert.Equal(2, _logger.Entries.Count(static e => e.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task Return_to_the_good_list_ends_the_error()
    {
        var configuration = Configuration(("0", "a:1"));
        await using var reader = Read(configuration);
        await reader.NextAsync();

        configuration.Reload((Endpoints + ":0", "a:bad"));
        await reader.NextAsync();
        configuration.Reload((Endpoints + ":0", "a:1"));
        var again = await reader.NextAsync();

        Assert.Equal(UpdateFreshness.Unchanged, again.Freshness);
        Assert.Null(again.Error);
    }

    [Fact]
    public async Task List_that_is_emptied_says_so()
    {
        var configuration = Configuration(("0", "a:1"));
        await using var reader = Read(configuration);
        await reader.NextAsync();

        configuration.Reload((Endpoints + ":0:Address", "a:1"), (Endpoints + ":0:Enabled", "false"));
        var update = await reader.NextAsync();

        Assert.Empty(update.Endpoints);
        Assert.NotNull(update.Note);
    }

    private static void AssertOne(SettingErrors errors, params string[] parts) =>
        Assert.Single(errors.Messages, m => parts.All(p => m.Contains(p, StringComparison.Ordinal)));

    private static ReloadableConfiguration Configuration(params (string Key, string? Value)[] endpoints) =>
        new([.. endpoints.Select(static e => ($"{Endpoints}{(e.Key.Length == 0 ? "" : ":")}{e.Key}", e.Value))]);

    private ConfigurationEndpointSource Source(ReloadableConfiguration configuration) => new(configuration, _logger, _time);

    private UpdateReader Read(ReloadableConfiguration configuration) =>
        new(token => Source(configuration).WatchAsync(new("orders"), NoRefresh.Instance, token));

    private async Task<EndpointUpdate> FirstAsync(params (string Key, string? Value)[] endpoints)
    {
        await using var reader = Read(Configuration(endpoints));
        return await reader.NextAsync();
    }
}
