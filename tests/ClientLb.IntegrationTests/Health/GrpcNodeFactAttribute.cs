namespace ClientLb.IntegrationTests.Health;

/// <summary>A test that needs @grpc/grpc-js, which no distribution packages. Without it the test is skipped, except in CI where npm is: there it must run and so fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GrpcNodeFactAttribute : FactAttribute
{
    public GrpcNodeFactAttribute()
    {
        if (!GrpcPrograms.IsNodeExpected)
        {
            Skip = GrpcPrograms.NodeMissing;
        }
    }
}
