using ClientLb.Settings;

namespace ClientLb.Tests.Settings;

internal sealed class SamplePart
{
    public int Depth { get; set; } = 1;

    public static SettingsSchema<SamplePart> Schema { get; } = new SettingsSchema<SamplePart>()
        .Whole(nameof(Depth), static o => o.Depth, static (o, v) => o.Depth = v, 0, 9);
}
