using ClientLb.Settings;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Settings;

public class ReloadableOptionsTests
{
    private readonly ReloadableSource _source = new(("App:Count", "4"));
    private readonly List<Exception> _refused = [];
    private readonly SectionOptions<Sample> _section;

    public ReloadableOptionsTests() => _section = new(_source.Root(), Sample.Schema, static _ => "App");

    [Fact]
    public void Current_first_value_is_bound()
    {
        using var options = Open();

        Assert.Equal(4, options.Current.Count);
    }

    [Fact]
    public void Constructor_first_value_is_wrong_all_errors_are_thrown_and_nothing_stays_registered()
    {
        _source.Reload(("App:Count", "x"), ("App:Share", "y"));

        var error = Assert.Throws<OptionsValidationException>(Open);

        Assert.Equal(2, error.Failures.Count());
        _source.Reload(("App:Count", "z"));
        Assert.Empty(_refused);
    }

    [Fact]
    public void Reload_bad_bad_good_keeps_the_last_good_one_and_takes_the_next()
    {
        using var options = Open();
        var seen = new List<int>();
        options.Changed += value => seen.Add(value.Count);

        _source.Reload(("App:Count", "0"));
        _source.Reload(("App:Count", "9"), ("App:Nonsense", "1"));
        Assert.Equal(4, options.Current.Count);
        _source.Reload(("App:Count", "5"));

        Assert.Equal(5, options.Current.Count);
        Assert.Equal([5], seen);
        Assert.All(_refused, e => Assert.IsType<OptionsValidationException>(e));
        Assert.Equal(2, _refused.Count);
    }

    [Fact]
    public void Reload_subscriber_throws_the_provider_does_not_hear_of_it()
    {
        using var options = Open();
        options.Changed += _ => throw new InvalidOperationException("mine");

        _source.Reload(("App:Count", "5"));

        Assert.Equal(5, options.Current.Count);
        Assert.Equal("mine", Assert.Single(_refused).Message);
    }

    [Fact]
    public void Reload_configuring_code_throws_the_provider_does_not_hear_of_it()
    {
        using var options = Open(new ConfigureNamedOptions<Sample>("any", value =>
        {
            if (value.Count == 5)
            {
                throw new InvalidOperationException("mine");
            }
        }));

        _source.Reload(("App:Count", "5"));

        Assert.Equal(4, options.Current.Count);
        Assert.Equal("mine", Assert.Single(_refused).Message);
    }

    [Fact]
    public void Reload_while_the_first_value_is_made_is_not_lost()
    {
        var isFirst = true;
        using var options = Open(new ConfigureNamedOptions<Sample>("any", _ =>
        {
            if (isFirst)
            {
                isFirst = false;
                _source.Reload(("App:Count", "5"));
            }
        }));

        Assert.Equal(5, options.Current.Count);
    }

    [Fact]
    public void Dispose_later_reloads_are_not_followed()
    {
        var options = Open();
        options.Dispose();

        _source.Reload(("App:Count", "5"));

        Assert.Equal(4, options.Current.Count);
    }

    [Fact]
    public void Section_without_configuration_gives_the_defaults_and_never_changes()
    {
        var section = new SectionOptions<Sample>(null, Sample.Schema, static _ => "App");
        var value = new Sample();

        section.Configure("any", value);

        Assert.True(section.Validate("any", value).Succeeded);
        Assert.Equal(3, value.Count);
        Assert.False(section.GetChangeToken().HasChanged);
    }

    private ReloadableOptions<Sample> Open() => Open(new ConfigureNamedOptions<Sample>("any", null));

    private ReloadableOptions<Sample> Open(IConfigureOptions<Sample> code) => new(
        "any", new OptionsFactory<Sample>([_section, code], [], [_section]), [_section], _refused.Add);
}
