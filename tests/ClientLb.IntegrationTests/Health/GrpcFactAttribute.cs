namespace ClientLb.IntegrationTests.Health;

/// <summary>A test that needs Python's gRPC library. Without it the test is skipped, except in CI, where it must run and so fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GrpcFactAttribute : FactAttribute
{
    public GrpcFactAttribute()
    {
        if (!GrpcPrograms.IsPythonExpected)
        {
            Skip = GrpcPrograms.PythonMissing;
        }
    }
}
