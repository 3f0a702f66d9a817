using ClientLb.Settings;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Settings;

/// <summary>An options class with a setting of every kind.</summary>
internal sealed class Sample
{
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(1);

    public int Count { get; set; } = 3;

    public double Share { get; set; } = 0.5;

    public bool IsOn { get; set; }

    public string? Title { get; set; } = "title";

    public DayOfWeek Day { get; set; }

    public IList<string> Tags { get; } = ["old"];

    public SamplePart Part { get; } = new();

    public static SettingsSchema<Sample> Schema { get; } = new SettingsSchema<Sample>()
        .Duration(nameof(Wait), static o => o.Wait, static (o, v) => o.Wait = v, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5))
        .Whole(nameof(Count), static o => o.Count, static (o, v) => o.Count = v, 1, 10)
        .Number(nameof(Share), static o => o.Share, static (o, v) => o.Share = v, 0, 1)
        .Flag(nameof(IsOn), static o => o.IsOn, static (o, v) => o.IsOn = v)
        .Text(nameof(Title), static o => o.Title, static (o, v) => o.Title = v, static v => v.Length > 0, "a title")
        .Choice(nameof(Day), static o => o.Day, static (o, v) => o.Day = v)
        .List(nameof(Tags), static o => o.Tags, static v => v.Length is > 0 and < 5, "tags of one to four letters")
        .Section(nameof(Part), static o => o.Part, SamplePart.Schema)
        .ReadElsewhere("Other")
        .Rule(static (path, o, errors) =>
        {
            if (o.Count > 5 && !o.IsOn)
            {
                errors.Add(path + ":Count", o.Count, "at most 5 unless IsOn");
            }
        });

    public static (Sample Value, SettingErrors Errors) Bind(params (string Key, string? Value)[] settings)
    {
        var root = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("App:" + s.Key, s.Value))).Build();
        var (value, errors) = (new Sample(), new SettingErrors());
        Schema.Bind(root.GetSection("App"), value, errors);
        return (value, errors);
    }
}
