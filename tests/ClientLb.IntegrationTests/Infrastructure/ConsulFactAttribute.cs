namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A test that needs the consul program. Without it the test is skipped, except in CI, where it must run and so fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ConsulFactAttribute : FactAttribute
{
    public ConsulFactAttribute()
    {
        if (!ConsulProgram.IsExpected)
        {
            Skip = ConsulProgram.Missing;
        }
    }
}
