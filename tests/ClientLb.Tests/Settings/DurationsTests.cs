using ClientLb.Settings;

namespace ClientLb.Tests.Settings;

public class DurationsTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("5s", 5)]
    [InlineData("1.5s", 1.5)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3600)]
    [InlineData(" 5s ", 5)]
    [InlineData("00:00:05", 5)]
    [InlineData("00:00:00.250", 0.25)]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("24:00:00", 86400)]
    [InlineData("36:30:00", 131400)]
    [InlineData("-5s", -5)]
    public void TryParse_durations_as_people_write_them(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out var value));
        Assert.Equal(seconds, value.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5 parsecs")]
    [InlineData("NaNs")]
    [InlineData("1e300h")]
    [InlineData("5d")]
    [InlineData("5,5s")]
    [InlineData("00:00:99")]
    [InlineData("24:61:00")]
    [InlineData("99999999999:00:00")]
    public void TryParse_anything_else_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("0s")]
    [InlineData("1ms")]
    [InlineData("1500ms")]
    [InlineData("90s")]
    [InlineData("5m")]
    [InlineData("25h")]
    public void Format_what_it_writes_can_be_read(string text)
    {
        Assert.True(Durations.TryParse(text, out var value));
        Assert.Equal(text, Durations.Format(value));
    }
}
