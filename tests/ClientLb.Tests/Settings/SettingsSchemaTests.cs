using ClientLb.Settings;

namespace ClientLb.Tests.Settings;

public class SettingsSchemaTests
{
    [Fact]
    public void Bind_values_of_every_kind_are_set()
    {
        var (value, errors) = Sample.Bind(
            ("Wait", "250ms"), ("Count", "7"), ("Share", "0.25"), ("IsOn", "True"), ("Title", "x"), ("Day", "friday"),
            ("Tags:0", "a"), ("Tags:1", "b"), ("Part:Depth", "4"), ("Other:Anything", "1"));

        Assert.True(errors.IsEmpty, string.Join(" ", errors.Messages));
        Assert.Equal(TimeSpan.FromMilliseconds(250), value.Wait);
        Assert.Equal((7, 0.25, true, "x", DayOfWeek.Friday, 4), (value.Count, value.Share, value.IsOn, value.Title, value.Day, value.Part.Depth));
        Assert.Equal(["a", "b"], value.Tags);
    }

    [Fact]
    public void Bind_keys_in_another_case_are_known() => Assert.Equal(7, Sample.Bind(("cOUNT", "7")).Value.Count);

    [Fact]
    public void Bind_list_in_one_text_is_split_at_commas() => Assert.Equal(["a", "b"], Sample.Bind(("Tags", " a , b ,")).Value.Tags);

    [Fact]
    public void Bind_nothing_leaves_the_defaults()
    {
        var (value, errors) = Sample.Bind(("Count", null));

        Assert.True(errors.IsEmpty);
        Assert.Equal(3, value.Count);
        Assert.Equal(["old"], value.Tags);
    }

    [Theory]
    [InlineData("Wait", "5", "a duration from 10ms to 5m")]
    [InlineData("Wait", "9ms", "a duration from 10ms to 5m")]
    [InlineData("Wait", "6m", "a duration from 10ms to 5m")]
    [InlineData("Count", "0", "a whole number from 1 to 10")]
    [InlineData("Count", "2.5", "a whole number from 1 to 10")]
    [InlineData("Count", "99999999999", "a whole number from 1 to 10")]
    [InlineData("Share", "NaN", "a number from 0 to 1")]
    [InlineData("Share", "0,5", "a number from 0 to 1")]
    [InlineData("IsOn", "yes", "true or false")]
    [InlineData("Title", "", "a title")]
    [InlineData("Day", "Someday", "one of Sunday, Monday")]
    [InlineData("Day", "3", "one of Sunday, Monday")]
    [InlineData("Day", "-1", "one of Sunday, Monday")]
    [InlineData("Day", "", "one of Sunday, Monday")]
    [InlineData("Day", " ", "one of Sunday, Monday")]
    [InlineData("Tags:0", "toolong", "tags of one to four letters")]
    [InlineData("Part", "text", "a section")]
    [InlineData("Part:Depth", "10", "a whole number from 0 to 9")]
    public void Bind_wrong_value_is_named_with_key_and_what_is_allowed_and_changes_nothing(string key, string text, string allowed)
    {
        var (value, errors) = Sample.Bind((key, text));

        var message = Assert.Single(errors.Messages);
        Assert.StartsWith($"App:{key} = '{text}'", message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
        Assert.Equal((3, 0.5, false, "title", DayOfWeek.Sunday, 1), (value.Count, value.Share, value.IsOn, value.Title, value.Day, value.Part.Depth));
    }

    [Fact]
    public void Bind_section_in_place_of_a_value_is_an_error() =>
        Assert.StartsWith("App:Count = '(a section)'", Assert.Single(Sample.Bind(("Count:Max", "1")).Errors.Messages), StringComparison.Ordinal);

    [Theory]
    [InlineData("Cuont", "did you mean Count?")]
    [InlineData("count1", "did you mean Count?")]
    [InlineData("Part:Dept", "did you mean Depth?")]
    [InlineData("Elephant", "known are Wait, Count, Share")]
    public void Bind_unknown_key_is_an_error_that_helps(string key, string help)
    {
        var message = Assert.Single(Sample.Bind((key, "1")).Errors.Messages);

        Assert.StartsWith($"App:{key} = '1'", message, StringComparison.Ordinal);
        Assert.Contains(help, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_many_mistakes_are_reported_at_once_and_the_rest_is_taken()
    {
        var (value, errors) = Sample.Bind(("Count", "x"), ("Share", "2"), ("Nothing", "1"), ("Part:Depth", "-1"), ("Title", "good"));

        Assert.Equal(4, errors.Messages.Count);
        Assert.Equal("good", value.Title);
    }

    [Fact]
    public void Validate_values_set_by_code_are_checked_with_their_keys()
    {
        var value = new Sample { Wait = TimeSpan.Zero, Count = 11, Share = double.NaN, Title = "", Day = (DayOfWeek)9, Part = { Depth = 99 } };
        value.Tags.Add("toolong");
        var errors = new SettingErrors();

        Sample.Schema.Validate("App", value, errors);

        Assert.Equal(
            ["App:Wait = '0s'", "App:Count = 11", "App:Share = NaN", "App:Title = ''", "App:Day = 9", "App:Tags = 'toolong'", "App:Part:Depth = 99", "App:Count = 11"],
            errors.Messages.Select(message => message[..message.IndexOf(": allowed", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("Wait", "2s")]
    [InlineData("Count", "4")]
    [InlineData("Share", "0.6")]
    [InlineData("IsOn", "true")]
    [InlineData("Title", "other")]
    [InlineData("Day", "Friday")]
    [InlineData("Tags", "new")]
    [InlineData("Part:Depth", "2")]
    public void IsSame_sees_a_difference_in_any_setting(string key, string text)
    {
        Assert.True(Sample.Schema.IsSame(new Sample(), Sample.Bind(("Count", "3")).Value));
        Assert.False(Sample.Schema.IsSame(new Sample(), Sample.Bind((key, text)).Value));
    }

    [Fact]
    public void Validate_rule_over_several_settings_is_applied()
    {
        var errors = new SettingErrors();

        Sample.Schema.Validate("", new Sample { Count = 6 }, errors);

        Assert.Contains("at most 5 unless IsOn", Assert.Single(errors.Messages), StringComparison.Ordinal);
    }
}
